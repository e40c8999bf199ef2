#include "maildrop/unique_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "pop3/limits.h"
#include "text/ascii.h"

namespace maildrop {
namespace {

// FNV-1a
constexpr std::uint64_t first_basis = 0xcbf2'9ce4'8422'2325;
constexpr std::uint64_t second_basis = 0x6c62'272e'07bb'0142;
constexpr std::uint64_t prime = 0x0000'0100'0000'01b3;

constexpr std::uint64_t hashed(std::string_view octets, std::uint64_t basis) {
    for (char c : octets) basis = (basis ^ static_cast<unsigned char>(c)) * prime;
    return basis;
}

}  // namespace

std::string_view stem(std::string_view file_name) { return file_name.substr(0, file_name.find(':')); }

std::uint64_t hash_of(std::string_view stem) { return hashed(stem, first_basis); }

std::string unique_id(std::string_view stem, std::size_t repetition) {
    const bool fits = !stem.empty() && stem.size() <= pop3::longest_unique_id &&
                      std::ranges::all_of(stem, text::is_graphic) && repetition == 0;
    if (fits) return std::string(stem);
    const auto whole = fmt::format("{}:{}", stem, repetition);  // no stem has a colon
    return fmt::format("{:016x}{:016x}", hashed(whole, first_basis), hashed(whole, second_basis));
}

std::optional<std::uint64_t> wire_size_in_name(std::string_view file_name) {
    const auto name = stem(file_name);
    const auto at = name.find(",W=");
    if (at == name.npos) return std::nullopt;
    std::uint64_t size = 0;
    const auto digits = name.substr(at + 3);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (error != std::errc() || end == digits.data() || size > std::uint64_t{1} << 40) return std::nullopt;
    return size;
}

}  // namespace maildrop
