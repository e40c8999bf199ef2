#include "aggregate/letter.h"

#include <fmt/format.h>

#include "aggregate/compression.h"
#include "aggregate/xml.h"
#include "mime/encode.h"
#include "mime/trace.h"

namespace aggregate {
namespace {

std::string joined(const std::vector<std::string>& addresses) {
    std::string text;
    for (const auto& address : addresses) text += (text.empty() ? "" : ", ") + address;
    return text;
}

std::uint64_t messages(const Report& report) {
    std::uint64_t count = 0;
    for (const auto& record : report.records) count += record.count;
    return count;
}

}  // namespace

std::string subject(const Report& report, std::string_view submitter) {
    return fmt::format("Report Domain: {} Submitter: {} Report-ID: <{}>", report.published.domain, submitter,
                       report.id);
}

std::string file_name(const Report& report, std::string_view submitter) {
    return fmt::format("{}!{}!{}!{}.xml.gz", submitter, report.published.domain, report.begin, report.end);
}

std::string to_text(const Letter& letter) {
    const auto& report = letter.report;
    const auto name = file_name(report, letter.submitter);
    // No octet of what is in the parts is "=", "_" and "-" in this order.
    constexpr std::string_view boundary = "=_report_=";
    std::string text = mime::fold_field("Date", mime::to_text(letter.date)) +
                       mime::fold_field("From", mime::author_text(letter.from)) +
                       mime::fold_field("To", joined(letter.to)) +
                       mime::fold_field("Subject", subject(report, letter.submitter)) +
                       mime::fold_field("Message-ID", fmt::format("<{}@{}>", report.id, letter.submitter)) +
                       mime::fold_field("Auto-Submitted", "auto-generated");
    text +=
        fmt::format("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"{0}\"\r\n\r\n--{0}\r\n", boundary);
    text += fmt::format(
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
        "This is a DMARC aggregate report (RFC 9990) of {} about mail in the name of\r\n{}: {} in {}.\r\n",
        letter.submitter, report.published.domain,
        messages(report) == 1 ? "1 message" : fmt::format("{} messages", messages(report)),
        report.records.size() == 1 ? "1 record" : fmt::format("{} records", report.records.size()));
    text += fmt::format("\r\n--{}\r\nContent-Type: application/gzip; name=\"{}\"\r\n", boundary, name);
    text += fmt::format("Content-Disposition: attachment;\r\n filename=\"{}\"\r\n", name);
    text += "Content-Transfer-Encoding: base64\r\n\r\n" + mime::to_base64_body(to_gzip(to_xml(report)));
    return text + fmt::format("\r\n--{}--\r\n", boundary);
}

}  // namespace aggregate
