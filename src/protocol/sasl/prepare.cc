#include "sasl/prepare.h"

#include <idn-free.h>
#include <string.h>
#include <stringprep.h>

#include <algorithm>
#include <memory>

#include "lang/wiping.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace sasl {
namespace {

constexpr std::size_t longest = 12'288;  // RFC 4954 §4: of a response, so of whatever is in it

}  // namespace

std::optional<std::string> prepare(std::string_view text, Unassigned unassigned) {
    if (text.empty() || text.size() > longest) return std::nullopt;
    if (std::ranges::all_of(text, text::is_printable)) return std::string(text);  // stands for itself
    if (!text::is_utf8(text) || text.contains('\0')) return std::nullopt;
    char* prepared = nullptr;
    const auto flags = unassigned == Unassigned::Forbidden ? STRINGPREP_NO_UNASSIGNED : 0;
    const int error = ::stringprep_profile(std::string(text).c_str(), &prepared, "SASLprep",
                                           static_cast<Stringprep_profile_flags>(flags));
    const std::unique_ptr<char, decltype(&::idn_free)> owned(prepared, ::idn_free);
    if (error != STRINGPREP_OK || !prepared || *prepared == '\0') return std::nullopt;
    auto made = on_heap(prepared);
    ::explicit_bzero(prepared, made.size());
    return made;
}

}  // namespace sasl
