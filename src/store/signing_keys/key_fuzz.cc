#include "signing_keys/key.h"

#include "fuzz.h"
#include "lang/verify.h"

// What is read is written as it was, or as the format has it now; and whatever it says, no key is used before it was
// seen, nor after it was revoked.
FUZZ(text) {
    auto keys = signing_keys::parse_keys(text);
    if (!keys) {
        VERIFY(keys.error() <= text.size() + 1);
        return;
    }
    const auto written = signing_keys::to_text(*keys);
    if (text.starts_with("signing keys 2\n")) VERIFY(written == text);
    VERIFY(signing_keys::parse_keys(written) == *keys);
    const auto before = *keys;
    signing_keys::take_into_use(*keys, 1);
    for (std::size_t i = 0; i < before.size(); ++i)
        if (keys->at(i).used != before[i].used) VERIFY(before[i].seen != 0 && before[i].revoked == 0);
    signing_keys::revoke(*keys, {}, 2);
    for (const auto& key : *keys) VERIFY(state_of(key) == signing_keys::State::Revoked);
    VERIFY(signing_keys::todo(*keys, {}, 2).begin_using.empty());
}
