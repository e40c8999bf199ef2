#include "deliver/forwarding.h"

#include <algorithm>

#include "deliver/content.h"
#include "dotqmail/address.h"
#include "drop/envelope.h"
#include "drop/outbox.h"
#include "lang/try.h"
#include "mime/trace.h"

namespace deliver {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

bool is_ascii(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

file::Result<void> leave(const Job& job, const std::string& head, const std::string& drop_directory) {
    auto outbox = TRY(drop::Outbox::open(drop_directory));
    TRY(outbox.write(head));
    const auto content = content_of(job);
    for (std::uint64_t at = 0; at < job.size;) {
        const auto piece = TRY(content(at, piece_size));
        if (piece.empty()) return std::unexpected(file::Error{EIO, "read", "the message"});
        TRY(outbox.write(piece));
        at += piece.size();
    }
    return outbox.commit();
}

Way<void> leave_or_say(const Job& job, const std::string& sender, const std::vector<std::string>& recipients,
                       const std::string& drop_directory) {
    const auto left = leave(job, head_of_forward(job, sender, recipients), drop_directory);
    if (left) return {};
    return std::unexpected(
        Obstacle{left.error().is_full() ? Result::Full : Result::Failed, file::to_text(left.error())});
}

}  // namespace

std::string head_of_forward(const Job& job, const std::string& sender, const std::vector<std::string>& recipients) {
    drop::Envelope envelope;
    envelope.is_forward = true;
    envelope.smtp.reverse_path = sender;
    envelope.smtp.body = smtp::BodyType::EightBitMime;
    envelope.smtp.smtputf8 = !is_ascii(sender) || !std::ranges::all_of(recipients, is_ascii);
    for (const auto& recipient : recipients)
        envelope.smtp.recipients.push_back({.address = recipient, .original_recipient = {}});
    return drop::to_text(envelope) + mime::delivered_to_field(job.address);
}

Way<void> forward(const Job& job, const std::string& drop_directory) {
    const bool has_own_senders =
        !job.forwards.empty() && dotqmail::expand_sender(job.reverse_path, job.forwards.front()) != job.reverse_path;
    if (!has_own_senders) return leave_or_say(job, job.reverse_path, job.forwards, drop_directory);
    for (const auto& recipient : job.forwards)
        TRY(leave_or_say(job, dotqmail::expand_sender(job.reverse_path, recipient), {recipient}, drop_directory));
    return {};
}

}  // namespace deliver
