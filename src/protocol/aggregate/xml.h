#pragma once
// Aggregate reports as XML. RFC 9990 §3.1.1, Appendix A; what is written is what readers of RFC 7489 Appendix C
// understand too: "none" stands where nothing was done, and no element is in it that these do not know how to pass
// over.
//
//   Reader reader;
//   while (more) if (!reader.add(piece)) break;
//   auto report = reader.finish();
//
// Hostile: a report is anybody's word in a language made for attacks. Document types, and with them entities, are
// refused; depth, the length of texts and the number of records are limited; nothing is fetched. Texts that come out
// are UTF-8 without control characters.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/report.h"

namespace aggregate {

struct Error {
    enum class Code : std::uint8_t {
        NotXml,
        HasDocumentType,
        TooDeep,
        TooMuch,     // text, records, or results in one record
        NotAReport,  // well-formed, and something else
        MissingId,
        MissingDomain,
        BadDates,
    };
    Code code = Code::NotXml;
    std::size_t line = 0;
    bool operator==(const Error&) const = default;
};
std::string_view describe(Error::Code code);

constexpr std::size_t most_records = 50'000;
constexpr std::size_t most_results = 100;  // of one record: §3.1.3
constexpr std::size_t most_depth = 16;
constexpr std::size_t longest_text = 1000;

std::string to_xml(const Report& report);
/// The element <record> alone.
std::string to_xml(const Record& record);
std::string_view to_text(dmarc::Alignment alignment);  // "r"

class Reader {
public:
    Reader();
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// False: there is no use in more; finish() says why.
    bool add(std::string_view piece);
    std::expected<Report, Error> finish();
    /// Records whose address cannot be read, which are left out.
    std::size_t unreadable() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::expected<Report, Error> parse_report(std::string_view xml);
/// What to_xml() made of one.
std::expected<Record, Error> parse_record(std::string_view xml);

}  // namespace aggregate
