#include "mailbox/quota.h"

#include <fmt/format.h>

#include <charconv>

#include "text/ascii.h"
#include "text/cursor.h"

namespace mailbox {
namespace {

constexpr std::int64_t largest = std::int64_t{1} << 56;  // sums of a 5 KiB file cannot overflow

std::optional<std::int64_t> take_number(text::Cursor& in) {
    const bool negative = in.take('-');
    const auto digits = in.take_while(text::is_digit);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || error != std::errc() || number > largest) return std::nullopt;
    return negative ? -number : number;
}

// quota = [ number ( "S" / "C" ) *( "," number ( "S" / "C" ) ) ] LF
std::optional<Quota> take_quota(text::Cursor& in) {
    Quota quota;
    while (!in.take('\n')) {
        const auto number = take_number(in);
        if (!number || *number < 0) return std::nullopt;
        if (in.take('S'))
            quota.bytes = static_cast<std::uint64_t>(*number);
        else if (in.take('C'))
            quota.messages = static_cast<std::uint64_t>(*number);
        else
            return std::nullopt;
        in.take(',');
    }
    return quota;
}

// usage = octets 1*SP messages *SP LF
std::optional<Usage> take_usage(text::Cursor& in) {
    in.take_while(text::is_blank);
    const auto bytes = take_number(in);
    if (in.take_while(text::is_blank).empty()) return std::nullopt;
    const auto messages = take_number(in);
    in.take_while(text::is_blank);
    if (!bytes || !messages || !in.take('\n')) return std::nullopt;
    return Usage{*bytes, *messages};
}

}  // namespace

bool fits(const Quota& quota, const Usage& usage, std::uint64_t size) {
    const auto room = [](std::uint64_t limit, std::int64_t used, std::uint64_t more) {
        const auto taken = static_cast<std::uint64_t>(used > 0 ? used : 0);
        return limit == 0 || (more <= limit && taken <= limit - more);
    };
    return room(quota.bytes, usage.bytes, size) && room(quota.messages, usage.messages, 1);
}

std::optional<SizeFile> parse_size_file(std::string_view text) {
    if (text.size() > longest_size_file) return std::nullopt;
    text::Cursor in(text);
    const auto quota = take_quota(in);
    if (!quota) return std::nullopt;
    SizeFile file{.quota = *quota};
    while (!in.at_end()) {
        const auto usage = take_usage(in);
        if (!usage) return std::nullopt;
        file.usage.bytes += usage->bytes;
        file.usage.messages += usage->messages;
        ++file.lines;
    }
    return file;
}

std::string quota_line(const Quota& quota) {
    std::string line;
    if (quota.bytes) line += fmt::format("{}S", quota.bytes);
    if (quota.messages) line += fmt::format("{}{}C", line.empty() ? "" : ",", quota.messages);
    return line + '\n';
}

std::string usage_line(const Usage& usage) { return fmt::format("{} {}\n", usage.bytes, usage.messages); }

}  // namespace mailbox
