#include "pop3/line.h"

#include "pop3/limits.h"
#include "text/ascii.h"

namespace pop3 {

using Kind = Line::Kind;

Line LineReader::next(std::string_view buffered, Expect expected) {
    if (skipped_ > 0) return skip(buffered);
    const bool may_be_long = expected == Expect::SaslResponse || text::starts_with_ignoring_case(buffered, "AUTH ");
    const auto longest = may_be_long ? longest_sasl_line : longest_command_line;
    const auto end = buffered.find('\n');
    if (end == buffered.npos) {
        if (buffered.size() < longest) return {Kind::NeedMore, {}, 0};
        return skip(buffered);
    }
    if (end + 1 > longest) return {Kind::TooLong, {}, end + 1};
    auto text = buffered.substr(0, end);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return {Kind::Whole, text, end + 1};
}

Line LineReader::skip(std::string_view buffered) {
    const auto end = buffered.find('\n');
    if (end == buffered.npos) {
        skipped_ += buffered.size();
        return {skipped_ > longest_skipped_line ? Kind::Flood : Kind::NeedMore, {}, buffered.size()};
    }
    skipped_ = 0;
    return {Kind::TooLong, {}, end + 1};
}

}  // namespace pop3
