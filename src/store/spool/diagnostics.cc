#include "spool/diagnostics.h"

#include "lang/verify.h"
#include "spool/operations.h"
#include "text/utf8.h"

namespace spool {
namespace {

/// "450 4.2.1" of "450 4.2.1 text (host)". Hostile: the text may go on in digits.
std::string_view codes_of(std::string_view text) {
    constexpr std::size_t reply_code = 3, longest_enhanced_code = 9;  // "5.123.456": RFC 3463 §2
    text = text.substr(0, text.find(' ', reply_code + 1));
    bool is_long = text.size() > reply_code + 1 + longest_enhanced_code;
    bool is_code = text.find_first_not_of("0123456789. ") == std::string_view::npos;
    return is_long || !is_code ? text.substr(0, reply_code) : text;
}

}  // namespace

std::uint32_t Diagnostics::intern(std::string_view text) {
    text = text::utf8_prefix(text, longest_diagnostic);
    if (octets_ > most_octets && !numbers_.contains(text)) text = codes_of(text);
    if (text.empty()) return 0;
    if (auto known = numbers_.find(text); known != numbers_.end()) {
        ++kept_[known->second].uses;
        return known->second;
    }
    std::uint32_t number = static_cast<std::uint32_t>(kept_.size());
    if (free_.empty()) {
        kept_.emplace_back();
    } else {
        number = free_.back();
        free_.pop_back();
    }
    auto added = numbers_.emplace(text, number).first;
    kept_[number] = {&added->first, 1};
    octets_ += text.size();
    return number;
}

void Diagnostics::release(std::uint32_t number) {
    if (number == 0) return;
    Kept& kept = kept_[number];
    VERIFY(kept.uses > 0);
    if (--kept.uses > 0) return;
    octets_ -= kept.text->size();
    numbers_.erase(numbers_.find(*kept.text));
    kept = {};
    free_.push_back(number);
}

std::string_view Diagnostics::text(std::uint32_t number) const {
    if (number == 0 || number >= kept_.size() || !kept_[number].text) return {};
    return *kept_[number].text;
}

}  // namespace spool
