#include "passwords/scheme.h"

#include "fuzz.h"

// Whatever stands in front, it is known or it is not; and of the kinds that are cheap to check, no hash that is usable
// for one password is unusable for another.
FUZZ(hash) {
    const auto scheme = passwords::scheme_of(hash);
    if (!scheme) {
        VERIFY(passwords::verify(hash, "x") ==
               (hash.empty() ? passwords::Verdict::Wrong : passwords::Verdict::Unusable));
        return;
    }
    VERIFY(hash.ends_with(scheme->rest));
    const bool is_costly = hash.find('$') != std::string_view::npos || hash.find(',') != std::string_view::npos ||
                           hash.size() > passwords::longest_password;
    if (is_costly) return;
    const bool is_usable = passwords::flaw_of(hash).empty();
    const auto verdict = passwords::verify(hash, "correct horse");
    if (hash.find('\0') == std::string_view::npos) VERIFY(is_usable == (verdict != passwords::Verdict::Unusable));
}
