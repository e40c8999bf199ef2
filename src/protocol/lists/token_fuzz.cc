#include "lists/token.h"

#include "fuzz.h"

// A token is read back as it was written; whatever text is given, it is not genuine unless it was made with the secret.
FUZZ(text) {
    const auto made =
        lists::make_token("secret", lists::Purpose::Confirm, static_cast<std::uint32_t>(text.size()), 20'000, text);
    VERIFY(lists::parse_token(lists::to_text(made)) == made);
    VERIFY(lists::to_text(made).size() <= lists::longest_token);
    VERIFY(lists::is_genuine("secret", lists::Purpose::Confirm, made, text));
    const auto token = lists::parse_token(text);
    if (!token) return;
    VERIFY(lists::parse_token(lists::to_text(*token)) == token);
    VERIFY(!lists::is_genuine("a secret that no seed knows", lists::Purpose::Probe, *token, "ann@a.example"));
}
