#include "spf/record.h"

#include "fuzz.h"

// What is read can be written down, and reading that gives the same record. Rules are records without modifiers.
FUZZ(text) {
    const auto record = spf::parse_record(text);
    if (!record) {
        VERIFY(record.error().offset <= text.size() && !spf::describe(record.error().code).empty());
        return;
    }
    VERIFY(spf::is_record(text));
    const auto again = spf::parse_record(spf::to_text(*record));
    VERIFY(again.has_value() && *again == *record);
    const auto rules = spf::parse_rules(text);
    VERIFY(rules.has_value() == (!record->redirect && !record->explanation && record->unknown.empty()));
    VERIFY(!rules || *rules == record->directives);
}
