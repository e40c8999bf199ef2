#include "drop/forward.h"

#include <algorithm>
#include <utility>

#include "dotqmail/address.h"
#include "text/ascii.h"

namespace drop {
namespace {

Envelope envelope_of(std::string reverse_path, const std::vector<std::string>& recipients) {
    Envelope envelope;
    envelope.kind = Kind::Forward;
    envelope.smtp.body = smtp::BodyType::EightBitMime;
    envelope.smtp.smtputf8 = !text::is_7bit(reverse_path) || !std::ranges::all_of(recipients, text::is_7bit);
    envelope.smtp.reverse_path = std::move(reverse_path);
    for (const auto& recipient : recipients)
        envelope.smtp.recipients.push_back({.address = recipient, .original_recipient = {}});
    return envelope;
}

}  // namespace

std::vector<Envelope> envelopes_of_forward(const std::string& reverse_path,
                                           const std::vector<std::string>& recipients) {
    std::vector<Envelope> envelopes;
    const bool is_variable =
        !recipients.empty() && dotqmail::expand_sender(reverse_path, recipients.front()) != reverse_path;
    if (!is_variable) return {envelope_of(reverse_path, recipients)};
    for (const auto& recipient : recipients)
        envelopes.push_back(envelope_of(dotqmail::expand_sender(reverse_path, recipient), {recipient}));
    return envelopes;
}

}  // namespace drop
