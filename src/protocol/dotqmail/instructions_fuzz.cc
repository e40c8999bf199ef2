// Whatever a .qmail file says: either it waits and does nothing, or what it does can be written as such a file again.
#include "dotqmail/instructions.h"
#include "fuzz.h"

FUZZ(input) {
    for (const bool forwards_only : {false, true}) {
        const auto parsed = dotqmail::parse(input, forwards_only);
        VERIFY(parsed.flaw.empty() || parsed.list.empty());
        VERIFY(!parsed.is_empty || parsed.list.empty());
        for (const auto& [kind, text] : parsed.list) {
            VERIFY(text.find('\n') == text.npos && text.find('\0') == text.npos);
            VERIFY(!forwards_only || kind == dotqmail::Instruction::Kind::Forward);
        }
    }
}
