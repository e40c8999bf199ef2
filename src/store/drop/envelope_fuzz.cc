#include "drop/envelope.h"

#include "fuzz.h"

// Whatever is read can be written, and read again as the same.
FUZZ(file) {
    const auto head = drop::parse_head(file, "here.example");
    if (!head) {
        VERIFY(head.error().line >= 1);
        return;
    }
    VERIFY(head->size <= file.size());
    VERIFY(!head->envelope.smtp.recipients.empty());
    const auto text = drop::to_text(head->envelope);
    const auto again = drop::parse_head(text, "elsewhere.example");
    VERIFY(again.has_value());
    VERIFY(again->envelope == head->envelope);
    VERIFY(again->size == text.size());
}
