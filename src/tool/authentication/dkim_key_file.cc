#include "authentication/dkim_key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "authentication/message_input.h"
#include "crypto/digest.h"
#include "lang/try.h"

namespace authentication {
namespace {

std::unexpected<std::string> failed(const std::string& path) {
    return std::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno != EINTR) return false;
        if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

std::expected<crypto::DigestSigner, std::string> read_key(const std::string& path) {
    std::string pem = TRY(read_small(path));
    auto key = crypto::DigestSigner::parse(pem);
    crypto::wipe(pem);
    if (!key) return std::unexpected(fmt::format("{}: {}", path, key.error()));
    return *std::move(key);
}

std::expected<void, std::string> write_key(const std::string& path, const crypto::DigestSigner& key) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return failed(path);
    std::string pem = key.to_pem();
    const bool is_written = write_all(file, pem) && ::fsync(file) == 0;
    crypto::wipe(pem);
    const auto result = is_written ? std::expected<void, std::string>() : failed(path);
    ::close(file);
    if (!is_written) ::unlink(path.c_str());
    return result;
}

}  // namespace authentication
