#include "lists/report.h"

#include <algorithm>
#include <string>

#include "dsn/delivery_status.h"
#include "mime/header.h"
#include "text/ascii.h"

namespace lists {
namespace {

constexpr std::size_t most_looked_at = 1024 * 1024;

bool has_type(std::string_view header, std::string_view type) {
    const auto field = mime::find_field(header, "Content-Type");
    return field && text::starts_with_ignoring_case(mime::unfold(field->value), type);
}

/// The part's content, up to the next line that may be a boundary.
std::string_view status_in(std::string_view body) {
    for (std::size_t at = 0; at < body.size();) {
        const auto end = body.find('\n', at);
        if (end == std::string_view::npos) break;
        if (body.substr(at).starts_with("--")) {
            // Hostile: a million lines that may be boundaries are each looked at once.
            const auto next = std::min(body.find("\n--", end), body.size());
            auto part = body.substr(end + 1, next > end ? next - end - 1 : 0);
            const auto division = mime::divide(part);
            const auto header = part.substr(0, division.header);
            if (has_type(header, "message/delivery-status") || has_type(header, "message/global-delivery-status")) {
                part.remove_prefix(division.body);
                return part;
            }
        }
        at = end + 1;
    }
    return {};
}

}  // namespace

bool is_failure(std::string_view message) {
    message = message.substr(0, most_looked_at);
    const auto division = mime::divide(message);
    const auto body = message.substr(division.body);
    // In the wild: qmail's, and of those who write as it does (QSBMF).
    if (body.starts_with("Hi. This is the ")) return true;
    if (!has_type(message.substr(0, division.header), "multipart/report")) return false;
    const auto report = dsn::parse_delivery_status(status_in(body));
    return report && std::ranges::any_of(report->recipients, [](const dsn::Recipient& recipient) {
               return recipient.action == dsn::Action::Failed && recipient.status.starts_with('5');
           });
}

}  // namespace lists
