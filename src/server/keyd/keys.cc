#include "keyd/keys.h"

#include <fmt/format.h>
#include <string.h>

#include "lang/defer.h"
#include "process/secret_line.h"

namespace keyd {
namespace {

constexpr std::size_t longest_key = 64 * 1024;

}  // namespace

std::string text_of(const file::Descriptor& file) {
    return process::secret_text(file, longest_key).value_or(std::string());
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
