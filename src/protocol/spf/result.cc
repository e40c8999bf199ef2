#include "spf/result.h"

#include <algorithm>
#include <array>

#include "text/ascii.h"

namespace spf {
namespace {

constexpr std::array<std::string_view, 7> words{"none",     "neutral",   "pass",     "fail",
                                                "softfail", "temperror", "permerror"};

}  // namespace

std::string_view to_text(Result result) { return words[static_cast<std::size_t>(result)]; }

std::optional<Result> parse_result(std::string_view text) {
    const auto found = std::ranges::find_if(words, [&](auto word) { return text::equal_ignoring_case(word, text); });
    if (found == words.end()) return std::nullopt;
    return static_cast<Result>(found - words.begin());
}

std::string_view to_text(Identity identity) { return identity == Identity::Helo ? "helo" : "mailfrom"; }

}  // namespace spf
