#include "dsn/delivery_status.h"

#include "fuzz.h"

// Printing settles: what is read from a printed report prints the same, in either form. The same text as a hostile
// diagnostic and address changes nothing around it.
FUZZ(text) {
    if (const auto report = dsn::parse_delivery_status(text)) {
        for (const auto charset : {dsn::Charset::Ascii, dsn::Charset::Utf8}) {
            const auto printed = dsn::to_text(*report, charset);
            const auto again = dsn::parse_delivery_status(printed);
            VERIFY(again && again->recipients.size() == report->recipients.size());
            VERIFY(dsn::to_text(*again, charset) == printed);
        }
    }
    const std::string outside(text);
    const dsn::Recipient hostile{"rfc822;" + outside, outside, dsn::Action::Failed, outside, outside, outside, {}, {}};
    const auto read = dsn::parse_delivery_status(dsn::to_text({"host", outside, {}, {hostile, hostile}}));
    VERIFY(read && read->recipients.size() == 2 && read->recipients[0] == read->recipients[1]);
}
