#include "qmgr/sanity.h"

#include <algorithm>

#include "smtp/limits.h"
#include "text/ascii.h"

namespace qmgr {
namespace {

constexpr std::size_t most_recipients = 100'000;  // after aliases
constexpr std::size_t longest_address = 1024;
constexpr std::size_t longest_origin = 1024;
constexpr std::size_t longest_target = 16 * 1024;

bool is_clean(std::string_view address) {
    return address.size() <= longest_address && std::ranges::none_of(address, text::is_control);
}

/// Into a mailbox whatever its owner wants: only the queue decides that.
bool is_for_submitters(spool::Transport transport) {
    return transport <= spool::Transport::Discard && transport != spool::Transport::Mailbox;
}

bool is_sane(const spool::Recipient& recipient) {
    const auto& [address, original, notify] = recipient.smtp;
    const bool has_target = recipient.transport == spool::Transport::Target;
    return !address.empty() && is_clean(address) && original.size() <= smtp::longest_original_recipient &&
           is_for_submitters(recipient.transport) && has_target == !recipient.target.empty() &&
           recipient.target.size() <= longest_target && std::ranges::none_of(recipient.target, text::is_control) &&
           is_clean(recipient.sender) && is_clean(recipient.asked);
}

}  // namespace

bool is_sane(const std::vector<spool::Recipient>& recipients) {
    return !recipients.empty() && recipients.size() <= most_recipients &&
           std::ranges::all_of(recipients, [](const spool::Recipient& recipient) { return is_sane(recipient); });
}

bool is_sane(const spool::Envelope& envelope) {
    if (envelope.body > smtp::BodyType::BinaryMime || envelope.ret > smtp::Return::Headers) return false;
    if (envelope.envelope_id.size() > smtp::longest_envelope_id || envelope.origin.size() > longest_origin)
        return false;
    return is_clean(envelope.reverse_path) && is_sane(envelope.recipients);
}

}  // namespace qmgr
