// Whatever a file of aliases says: what is understood can be written, and is then understood the same way.
#include "addressing/aliases_file.h"
#include "fuzz.h"
#include "lang/verify.h"

FUZZ(input) {
    const auto file = addressing::parse_aliases(input);
    for (const auto& alias : file.aliases) {
        VERIFY(!alias.name.empty() && !alias.targets.empty());
        for (const auto& target : alias.targets) VERIFY(addressing::parse_target(to_text(target)) == target);
    }
    for (const auto& target : addressing::parse_members(input).targets)
        VERIFY(addressing::parse_target(to_text(target)) == target);
}
