#include "passwords/stored_scram.h"

#include "fuzz.h"

// Whatever is read can be written down again, and reading that gives the same keys.
FUZZ(text) {
    const auto stored = passwords::parse_stored_scram(text);
    if (!stored) return;
    const auto again = passwords::parse_stored_scram(passwords::to_text(*stored));
    VERIFY(again && *again == *stored);
}
