#include "queries/filter.h"

#include "fuzz.h"
#include "lang/verify.h"
#include "queries/sql.h"

namespace {

/// The same questions, whatever the fields are, and the values are the fields.
void compare(const queries::Filter& filled, const queries::Filter& plain, const queries::Fields& fields) {
    VERIFY(filled.kind == plain.kind && filled.attribute == plain.attribute);
    VERIFY(filled.inner.size() == plain.inner.size() && filled.values.size() == plain.values.size());
    for (std::size_t i = 0; i < plain.values.size(); ++i) {
        auto want = plain.values[i];
        for (auto at = want.find('\1'); at != std::string::npos; at = want.find('\1', at + fields.address.size()))
            want.replace(at, 1, fields.address);
        VERIFY(filled.values[i] == want);
    }
    for (std::size_t i = 0; i < plain.inner.size(); ++i) compare(filled.inner[i], plain.inner[i], fields);
}

}  // namespace

// A pattern up to the first zero octet, an address behind it: no address changes what the pattern asks.
FUZZ(text) {
    const auto end = text.find('\0');
    const auto pattern = text.substr(0, end);
    const auto address = end == text.npos ? std::string_view() : text.substr(end + 1);
    if (const auto statement = queries::parse_statement(pattern)) VERIFY(!statement->parameters.empty());
    if (pattern.contains('\1') || pattern.contains("\\01") || address.contains('\1')) return;
    if (!queries::filter_flaw(pattern).empty()) return;
    const std::string mark("\1");
    const queries::Fields fields{
        .address = std::string(address), .local_part = std::string(address), .domain = std::string(address)};
    const auto filled = queries::parse_filter(queries::fill_filter(pattern, fields));
    const auto plain =
        queries::parse_filter(queries::fill_filter(pattern, {.address = mark, .local_part = mark, .domain = mark}));
    VERIFY(filled && plain);
    compare(*filled, *plain, fields);
}
