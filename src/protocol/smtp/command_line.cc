#include "smtp/command_line.h"

#include "smtp/limits.h"

namespace smtp {

using Kind = CommandLine::Kind;

CommandLine LineReader::next(std::string_view buffered, std::size_t longest) {
    if (skipped_ > 0) return skip(buffered);
    const auto end = buffered.find('\n');
    if (end == buffered.npos) {
        if (buffered.size() <= longest + 1) return {Kind::NeedMore, {}, 0};  // 1: the CR
        return skip(buffered);
    }
    if (end == 0 || buffered[end - 1] != '\r') return {Kind::BareLineFeed, {}, end + 1};
    if (end - 1 > longest) return {Kind::TooLong, {}, end + 1};
    return {Kind::Line, buffered.substr(0, end - 1), end + 1};
}

CommandLine LineReader::skip(std::string_view buffered) {
    const auto end = buffered.find('\n');
    if (end == buffered.npos) {
        skipped_ += buffered.size();
        if (!buffered.empty()) skipped_cr_ = buffered.ends_with('\r');
        return {skipped_ > longest_skipped_line ? Kind::Flood : Kind::NeedMore, {}, buffered.size()};
    }
    const bool ends_well = end > 0 ? buffered[end - 1] == '\r' : skipped_cr_;
    skipped_ = 0;
    return {ends_well ? Kind::TooLong : Kind::BareLineFeed, {}, end + 1};
}

}  // namespace smtp
