#include "keyd/keys.h"

#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>

#include "lang/defer.h"

namespace keyd {
namespace {

constexpr std::size_t longest_key = 64 * 1024;

}  // namespace

std::string text_of(const file::Descriptor& file) {
    std::string text(longest_key, '\0');
    std::size_t length = 0;
    while (length < text.size()) {
        const auto got = ::pread(file.get(), text.data() + length, text.size() - length, static_cast<off_t>(length));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        length += static_cast<std::size_t>(got);
    }
    text.resize(length);
    return text;
}

std::vector<std::string> Keys::read(const std::vector<process::Secret>& files) {
    std::vector<std::string> problems;
    keys_.clear();
    for (const auto& [index, file] : files) {
        if (index >= process::Secret::signing) continue;
        std::string text = text_of(file);
        const Defer wiped([&text] { ::explicit_bzero(text.data(), text.size()); });
        auto key = tls::PrivateKey::parse(text);
        if (key) {
            const auto id = key->id();
            keys_.insert_or_assign(id, std::move(*key));
        } else {
            problems.push_back(fmt::format("key file number {} {}", index + 1, key.error()));
        }
    }
    return problems;
}

std::optional<std::string> Keys::sign(const tls::KeyId& id, tls::Scheme scheme, std::string_view content) const {
    const auto key = keys_.find(id);
    return key == keys_.end() ? std::nullopt : key->second.sign(scheme, content);
}

}  // namespace keyd
