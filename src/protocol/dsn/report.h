#pragma once
// What became of a message, told to its sender: delivery status notifications. RFC 3461 §6, RFC 3464, RFC 6522 (the
// multipart/report around it), RFC 6533 (addresses in UTF-8), RFC 3834 §5 (Auto-Submitted).
//
// Values and text only. The original is streamed by the caller between `prefix` and `suffix`, as it may be 50 MB.
// Hostile: addresses, remote replies and the original's header come from strangers; no octet of theirs may begin a
// line, a field or a part of the notification.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/date.h"

namespace dsn {

/// RFC 3464 §2.3.3.
enum class Action : std::uint8_t { Failed, Delayed, Delivered, Relayed, Expanded };
std::string_view to_text(Action action);

struct Recipient {
    std::string original_recipient;  // "rfc822;a@example.org" as ORCPT gave it, decoded; empty: none
    std::string final_recipient;     // the address tried last
    Action action = Action::Failed;
    std::string status;      // "5.1.1"
    std::string remote_mta;  // host name or "[192.0.2.1]"; empty: none was asked
    std::string diagnostic;  // its reply: "550 5.1.1 No such user"; lines separated by '\n'; empty: none
    std::optional<mime::Date> last_attempt;
    std::optional<mime::Date> will_retry_until;  // only for Delayed

    bool operator==(const Recipient&) const = default;
};

/// One notification: per-message fields and one group for each recipient (RFC 3464 §2.1).
struct Report {
    std::string reporting_mta;  // our host name
    std::string envelope_id;    // ENVID, decoded; empty: none
    std::optional<mime::Date> arrival;
    std::vector<Recipient> recipients;

    bool operator==(const Report&) const = default;
};

/// What the notification is made of besides the report.
struct Writing {
    std::string to;          // the original's reverse-path, never empty
    std::string message_id;  // without <>: "random@host"
    mime::Date date;
    std::string boundary;              // random; see contains_boundary()
    std::string_view original_header;  // of the message reported about, any line ends
    std::uint64_t original_size = 0;
    bool wants_whole_original = true;         // RET=FULL, or unspecified for a failure
    std::uint64_t most_original = 50 * 1024;  // above: only its header
    bool original_is_8bit = false;            // anywhere. A BINARYMIME original is never taken whole
    bool smtputf8 = false;                    // the original was internationalised: message/global… (RFC 6533 §4)
};

/// The notification's text. Sent as: prefix, then the original's octets (header and body, line ends CRLF) where
/// `takes_original`, then suffix. The envelope is from <> to Writing::to.
struct Notification {
    std::string prefix;
    bool takes_original = false;
    std::string suffix;
    bool needs_8bit = false;
    bool needs_smtputf8 = false;
};
Notification write(const Report& report, const Writing& writing);

/// Whether the text (of the original) contains what would end a part under this boundary.
bool contains_boundary(std::string_view text, std::string_view boundary);

constexpr std::size_t longest_diagnostic = 1024;

}  // namespace dsn
