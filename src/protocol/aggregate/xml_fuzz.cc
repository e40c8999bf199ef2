#include "aggregate/xml.h"

#include "fuzz.h"

// Whatever is read as a report can be written down, and reading that gives the same one; in pieces as in one.
FUZZ(input) {
    const auto report = aggregate::parse_report(input);
    aggregate::Reader pieces;
    for (std::size_t at = 0; at < input.size() && pieces.add(input.substr(at, 7)); at += 7) {
    }
    const auto in_pieces = pieces.finish();
    VERIFY(in_pieces.has_value() == report.has_value());
    if (!report) return;
    VERIFY(*in_pieces == *report);
    VERIFY(report->records.size() <= aggregate::most_records);
    VERIFY(aggregate::parse_report(aggregate::to_xml(*report)) == report);
    for (const auto& record : report->records) VERIFY(aggregate::parse_record(aggregate::to_xml(record)) == record);
}
