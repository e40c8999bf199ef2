#include "mailbox/name.h"

#include <fmt/format.h>

#include <charconv>

namespace mailbox {
namespace {

template <typename Number>
std::optional<Number> number_at(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end == text.data()) return std::nullopt;
    return number;
}

}  // namespace

std::string escaped_host(std::string_view host) {
    std::string escaped;
    for (char c : host) {
        if (c == '/' || c == ':' || c == ',' || c <= ' ' || c == '\x7f')
            escaped += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
        else
            escaped += c;
    }
    return escaped;
}

std::string maildir_name(std::int64_t arrived_milliseconds, std::string_view queue_id, std::uint32_t recipient,
                         std::string_view escaped_host) {
    return fmt::format("{}.Q{}R{}.{}", arrived_milliseconds / 1000, queue_id, recipient, escaped_host);
}

std::string_view base_name(std::string_view file_name) { return file_name.substr(0, file_name.find_first_of(",:")); }

std::optional<std::uint64_t> size_in_name(std::string_view file_name) {
    const auto unflagged = file_name.substr(0, file_name.find(':'));
    const auto at = unflagged.find(",S=");
    if (at == unflagged.npos) return std::nullopt;
    return number_at<std::uint64_t>(unflagged.substr(at + 3));
}

std::optional<std::int64_t> time_in_name(std::string_view file_name) { return number_at<std::int64_t>(file_name); }

bool is_trashed(std::string_view file_name) {
    const auto at = file_name.find(":2,");
    return at != file_name.npos && file_name.find('T', at) != file_name.npos;
}

}  // namespace mailbox
