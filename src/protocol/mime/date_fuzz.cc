#include "mime/date.h"

#include "fuzz.h"

// A date that is printed reads back as the same instant in the same zone.
FUZZ(text) {
    const auto date = mime::parse_date(text);
    if (!date) return;
    VERIFY(mime::parse_date(mime::to_text(*date)) == date);
}
