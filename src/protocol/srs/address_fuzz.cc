#include "srs/address.h"

#include "fuzz.h"

// What we rewrite leads back to where it came from, once and twice over, and stays an address of measured length. What
// strangers bring, only what we signed is taken for ours.
FUZZ(text) {
    // Proofs of four characters, which anybody may guess once in a million times, are told apart no better here.
    const srs::Key ours{
        .secrets = {"ours", "former"}, .separator = text.size() % 2 ? '=' : '+', .hash_length = 20, .hash_minimum = 20};
    const srs::Key theirs{.secrets = {"theirs"}, .hash_length = 20, .hash_minimum = 20};
    constexpr std::int64_t now = 1'700'000'000;

    VERIFY(!srs::reverse(text, srs::Key{}, now));
    const auto once = srs::forward(text, "first.example", ours, now);
    if (!once || *once == text) return;
    VERIFY(once->size() <= 254 && srs::is_rewritten(*once) && !srs::reverse(*once, theirs, now));
    const auto back = srs::reverse(*once, ours, now);
    VERIFY(back.has_value());
    // The same address, perhaps with fewer quotes, or a case less.
    const auto again = srs::forward(*back, "first.example", ours, now);
    VERIFY(again == once || srs::is_rewritten(text));
    if (const auto twice = srs::forward(*once, "second.example", theirs, now))
        VERIFY(srs::reverse(*twice, theirs, now).has_value());
}
