#include "mailbox/content.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace mailbox {

Content content_of(std::string octets) {
    return [octets = std::move(octets)](std::uint64_t offset, std::size_t length) -> file::Result<std::string> {
        if (offset >= octets.size()) return std::string();
        return octets.substr(static_cast<std::size_t>(offset), length);
    };
}

Content content_of(file::Descriptor blob) {
    // Shared because std::function copies; the one owner is the Content and its copies.
    auto file = std::make_shared<file::Descriptor>(std::move(blob));
    return [file](std::uint64_t offset, std::size_t length) -> file::Result<std::string> {
        std::string piece(length, '\0');
        std::size_t have = 0;
        while (have < length) {
            const auto got =
                ::pread(file->get(), piece.data() + have, length - have, static_cast<off_t>(offset + have));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return std::unexpected(file::Error{errno, "pread", "the queued message"});
            if (got == 0) break;
            have += static_cast<std::size_t>(got);
        }
        piece.resize(have);
        return piece;
    };
}

std::string to_text(const Failure& failure) {
    switch (failure.code) {
        case Failure::Code::Disk: return file::to_text(failure.error);
        case Failure::Code::Full: return fmt::format("no room: {}", file::to_text(failure.error));
        case Failure::Code::OverQuota: return "the mailbox is over its quota";
        case Failure::Code::Locked: return fmt::format("{} is locked by another program", failure.error.path);
        case Failure::Code::Unsafe: return fmt::format("{}: {}", failure.error.path, failure.error.call);
    }
    return "unknown failure";
}

}  // namespace mailbox
