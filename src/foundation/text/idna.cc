#include "text/idna.h"

#include <idn2.h>

#include <cstdint>
#include <memory>

#include "text/ascii.h"
#include "text/utf8.h"

namespace text {
namespace {

constexpr std::size_t longest_label = 63;  // RFC 1035 §2.3.4
constexpr std::size_t longest_domain = 253;
constexpr std::size_t longest_input = 1024;

struct FreedByIdn2 {
    void operator()(char* text) const { idn2_free(text); }
};
using Idn2Text = std::unique_ptr<char, FreedByIdn2>;

IdnaError error_of(int code) {
    switch (code) {
        case IDN2_TOO_BIG_DOMAIN:
        case IDN2_TOO_BIG_LABEL: return IdnaError::TooLong;
        case IDN2_ENCODING_ERROR:
        case IDN2_ICONV_FAIL: return IdnaError::BadUtf8;
        default: return IdnaError::Disallowed;
    }
}

std::expected<std::string, IdnaError> convert(const std::string& domain) {
    std::uint8_t* raw = nullptr;
    const int code = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(domain.c_str()), &raw,
                                    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const Idn2Text converted(reinterpret_cast<char*>(raw));
    if (code != IDN2_OK) return std::unexpected(error_of(code));
    return std::string(converted.get());
}

// In the wild: names with '_' exist (services, Windows hosts) and receive mail; RFC 5321 §4.1.2 has no such letter.
bool is_label_octet(char c) { return is_alphanumeric(c) || c == '-' || c == '_'; }

std::expected<void, IdnaError> check_label(std::string_view label) {
    if (label.empty()) return std::unexpected(IdnaError::Empty);
    if (label.size() > longest_label) return std::unexpected(IdnaError::TooLong);
    if (label.front() == '-' || label.back() == '-') return std::unexpected(IdnaError::Disallowed);
    if (!std::ranges::all_of(label, is_label_octet)) return std::unexpected(IdnaError::Disallowed);
    return {};
}

std::expected<void, IdnaError> check_labels(std::string_view domain) {
    if (domain.size() > longest_domain) return std::unexpected(IdnaError::TooLong);
    for (;;) {
        const auto dot = domain.find('.');
        if (auto checked = check_label(domain.substr(0, dot)); !checked) return checked;
        if (dot == std::string_view::npos) return {};
        domain.remove_prefix(dot + 1);
    }
}

bool has_a_label(std::string_view lowered) {
    return lowered.starts_with("xn--") || lowered.find(".xn--") != std::string_view::npos;
}

// An A-label that no U-label leads to is a name nobody can register, and a way to look like another (RFC 5891 §5.4).
std::expected<void, IdnaError> check_a_labels(const std::string& domain) {
    char* raw = nullptr;
    const int code = idn2_to_unicode_8z8z(domain.c_str(), &raw, IDN2_NONTRANSITIONAL);
    const Idn2Text unicode(raw);
    if (code != IDN2_OK) return std::unexpected(error_of(code));
    auto again = convert(unicode.get());
    if (!again) return std::unexpected(again.error());
    if (*again != domain) return std::unexpected(IdnaError::Disallowed);
    return {};
}

}  // namespace

std::string_view describe(IdnaError error) {
    switch (error) {
        case IdnaError::Empty: return "an empty name or label";
        case IdnaError::TooLong: return "a label over 63 or a name over 253 octets";
        case IdnaError::BadUtf8: return "not UTF-8";
        case IdnaError::Disallowed: return "a character that domain names may not have";
    }
    return "";
}

std::expected<std::string, IdnaError> to_a_labels(std::string_view domain) {
    if (domain.size() > longest_input) return std::unexpected(IdnaError::TooLong);
    if (domain.find('\0') != std::string_view::npos) return std::unexpected(IdnaError::Disallowed);
    std::string name(domain);
    if (!is_7bit(domain)) {
        if (!is_utf8(domain)) return std::unexpected(IdnaError::BadUtf8);
        auto converted = convert(name);
        if (!converted) return std::unexpected(converted.error());
        name = *std::move(converted);
    }
    if (name.ends_with('.')) name.pop_back();
    std::ranges::transform(name, name.begin(), to_lower);
    if (auto checked = check_labels(name); !checked) return std::unexpected(checked.error());
    if (has_a_label(name)) {
        if (auto checked = check_a_labels(name); !checked) return std::unexpected(checked.error());
    }
    return name;
}

std::string to_u_labels(std::string_view domain) {
    std::string name(domain);
    if (domain.size() > longest_input || domain.find('\0') != std::string_view::npos || !has_a_label(lower(domain)))
        return name;
    char* raw = nullptr;
    const int code = idn2_to_unicode_8z8z(name.c_str(), &raw, IDN2_NONTRANSITIONAL);
    const Idn2Text unicode(raw);
    return code == IDN2_OK ? std::string(unicode.get()) : name;
}

}  // namespace text
