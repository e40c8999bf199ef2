#include "deliver/forwarding.h"

#include "deliver/content.h"
#include "drop/forward.h"
#include "drop/outbox.h"
#include "lang/try.h"
#include "mime/trace.h"

namespace deliver {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

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

std::string head(const drop::Envelope& envelope, const Job& job) {
    return drop::to_text(envelope) + mime::delivered_to_field(job.address);
}

}  // namespace

std::string head_of_forward(const Job& job, const std::string& sender, const std::vector<std::string>& recipients) {
    return head(drop::envelopes_of_forward(sender, recipients).front(), job);
}

Way<void> forward(const Job& job, const std::string& drop_directory) {
    for (const auto& envelope : drop::envelopes_of_forward(job.reverse_path, job.forwards)) {
        const auto left = leave(job, head(envelope, job), drop_directory);
        if (!left)
            return std::unexpected(
                Obstacle{left.error().is_full() ? Result::Full : Result::Failed, file::to_text(left.error())});
    }
    return {};
}

}  // namespace deliver
