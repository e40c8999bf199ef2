#include "vacation/away.h"

#include "fuzz.h"

// What was read is within bounds, and is read again as it would be written.
FUZZ(file) {
    const auto away = vacation::parse_away(file);
    VERIFY(away.days >= 1 && away.days <= 365 && away.since >= 0 && away.until >= 0);
    VERIFY(vacation::parse_away(vacation::to_text(away)) == away);
}
