#include "signing_keys/key.h"

#include "fuzz.h"
#include "lang/verify.h"

// What is read is written as it was; and whatever it says, no key is used before it was seen.
FUZZ(text) {
    auto keys = signing_keys::parse_keys(text);
    if (!keys) {
        VERIFY(keys.error() <= text.size() + 1);
        return;
    }
    if (!text.empty()) VERIFY(signing_keys::to_text(*keys) == text);
    const auto before = *keys;
    signing_keys::take_into_use(*keys, 1);
    for (std::size_t i = 0; i < before.size(); ++i)
        if (keys->at(i).used != before[i].used) VERIFY(before[i].seen != 0);
}
