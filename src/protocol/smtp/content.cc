#include "smtp/content.h"

#include <cstring>
#include <limits>
#include <utility>

#include "text/ascii.h"

namespace smtp {
namespace {

// Without an early exit, so that the compiler can look at many octets at once.
bool any_8bit(std::string_view part) {
    unsigned char all = 0;
    for (char c : part) all |= static_cast<unsigned char>(c);
    return all >= 0x80;
}

ContentLimits chunk_limits(ContentLimits limits, ChunkContent content) {
    if (content == ChunkContent::Binary) limits.line = std::numeric_limits<std::size_t>::max();
    return limits;
}

}  // namespace

Reply refusal(ContentFault fault) {
    switch (fault) {
        case ContentFault::BareLineFeed: return {550, "5.5.2", "A line of the message ended in LF without CR"};
        case ContentFault::BareReturn: return {550, "5.5.2", "The message contains CR without LF"};
        case ContentFault::Nul: return {550, "5.6.0", "The message contains NUL"};
        case ContentFault::LineTooLong: return {554, "5.6.0", "A line of the message is too long"};
        case ContentFault::HeaderTooLarge: return {552, "5.3.4", "The header of the message is too large"};
        case ContentFault::TooManyFields: return {554, "5.6.0", "The message has too many header fields"};
        case ContentFault::TooLarge: return {552, "5.3.4", "The message is too large"};
    }
    std::unreachable();
}

void ContentCheck::add(std::string_view part, bool ends_line) {
    size_ += part.size();
    line_ += part.size();
    if (size_ > limits_.size) note(ContentFault::TooLarge);
    const bool is_8bit = (!has_8bit_ || in_header_) && any_8bit(part);
    has_8bit_ |= is_8bit;
    if (in_header_) {
        has_8bit_header_ |= is_8bit;
        add_to_header(part, ends_line);
    }
    const auto length = ends_line && line_ >= 2 ? line_ - 2 : line_;
    if (length > longest_line_) longest_line_ = length;
    if (length > limits_.line) note(ContentFault::LineTooLong);
    if (ends_line) line_ = 0;
}

// The header ends at the empty line, or at the first line that is no field (RFC 5322 §2.1): what follows is counted as
// body, so that a message without a header is not refused for its many "fields".
void ContentCheck::add_to_header(std::string_view part, bool ends_line) {
    if (line_ == part.size()) {
        has_colon_ = false;
        is_continuation_ = text::is_blank(part.empty() ? '\0' : part.front());
    }
    has_colon_ |= part.contains(':');
    header_size_ += part.size();
    if (header_size_ > limits_.header) note(ContentFault::HeaderTooLarge);
    if (!ends_line) return;
    if (!is_continuation_ && !has_colon_) {
        in_header_ = false;
        return;
    }
    if (!is_continuation_ && ++fields_ > limits_.header_fields) note(ContentFault::TooManyFields);
}

ChunkReader::ChunkReader(const ContentLimits& limits, ChunkContent content)
    : check_(chunk_limits(limits, content)), content_(content) {}

void ChunkReader::take(std::string_view octets, std::string& message) {
    for (auto rest = octets; !rest.empty();) {
        const auto end = rest.find('\n');
        const auto part = rest.substr(0, end == rest.npos ? rest.size() : end + 1);
        take_part(part, end != rest.npos);
        rest.remove_prefix(part.size());
    }
    if (!check_.fault()) message.append(octets);
}

void ChunkReader::take_part(std::string_view part, bool ends_line) {
    if (content_ == ChunkContent::Text) check_line_end(part, ends_line);
    check_.add(part, ends_line);
    after_cr_ = part.ends_with('\r');
    at_line_start_ = ends_line;
}

void ChunkReader::check_line_end(std::string_view part, bool ends_line) {
    if (part.contains('\0')) check_.note(ContentFault::Nul);
    if (after_cr_ && part != "\n") check_.note(ContentFault::BareReturn);
    auto text = part.substr(0, part.size() - (ends_line ? 1 : 0));
    const bool has_cr = text.empty() ? after_cr_ : text.ends_with('\r');
    if (ends_line && !has_cr) check_.note(ContentFault::BareLineFeed);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.contains('\r')) check_.note(ContentFault::BareReturn);
}

void ChunkReader::finish(std::string& message) {
    if (content_ == ChunkContent::Binary) return;
    if (after_cr_) check_.note(ContentFault::BareReturn);
    if (at_line_start_) return;
    check_.add("\r\n", /*ends_line=*/true);
    if (!check_.fault()) message.append("\r\n");
}

}  // namespace smtp
