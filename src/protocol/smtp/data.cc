#include "smtp/data.h"

#include "text/ascii.h"

namespace smtp {
namespace {

// Hostile: a chunk full of CR would have its line end looked for from each of them, so it is read in small slices.
constexpr std::size_t untidy_slice = 256;

// No NUL, and no CR without LF behind it (the last octet may be one whose LF is still to come). One pass without
// branches, so that the compiler can look at many octets at once; almost every chunk is tidy.
bool is_tidy(std::string_view octets) {
    unsigned char untidy = 0;
    const auto flag = [](bool is_so) { return static_cast<unsigned char>(is_so); };
    for (std::size_t i = 0; i + 1 < octets.size(); ++i) {
        untidy |= flag(octets[i] == '\r') & flag(octets[i + 1] != '\n');
        untidy |= flag(octets[i] == '\0');
    }
    return untidy == 0 && !octets.ends_with('\0');
}

}  // namespace

std::size_t DataDecoder::decode(std::string_view input, std::string& message) {
    const bool input_is_tidy = is_tidy(input);
    std::size_t used = 0;
    while (used < input.size() && state_ != State::End) {
        const bool tidy = input_is_tidy || check_.fault().has_value();  // once refused, only the end matters
        const auto rest = input.substr(used, tidy ? input.npos : untidy_slice);
        const bool is_plain = state_ == State::Line || (state_ == State::LineStart && rest.front() != '.');
        used += is_plain ? decode_line(rest, tidy, message) : decode_octet(rest.front(), message);
    }
    return used;
}

// The rest of a line, or what there is of it.
std::size_t DataDecoder::decode_line(std::string_view input, bool tidy, std::string& message) {
    const auto end = input.find('\n');
    const auto part = input.substr(0, end == input.npos ? input.size() : end + 1);
    state_ = State::Line;
    if (!tidy && (part.contains('\0') || part.contains('\r'))) return take_untidy(part, message);
    if (end != input.npos) return end_line(part, message);
    const bool holds_cr = part.ends_with('\r');
    emit(part.substr(0, part.size() - (holds_cr ? 1 : 0)), /*ends_line=*/false, message);
    if (holds_cr) state_ = State::Return;
    return part.size();
}

std::size_t DataDecoder::end_line(std::string_view line, std::string& message) {
    if (line.ends_with("\r\n")) {
        emit(line, /*ends_line=*/true, message);
        state_ = State::LineStart;
        return line.size();
    }
    if (policy_ == BareNewline::Reject) check_.note(ContentFault::BareLineFeed);
    emit(line.substr(0, line.size() - 1), /*ends_line=*/false, message);
    emit("\r\n", /*ends_line=*/true, message);
    return line.size();  // and state Line: a dot that follows was not preceded by CRLF
}

// Up to the first CR that is not the line's end, or the whole part.
std::size_t DataDecoder::take_untidy(std::string_view part, std::string& message) {
    const auto cr = part.find('\r');
    const auto before = part.substr(0, cr);
    if (before.contains('\0')) check_.note(ContentFault::Nul);
    if (cr == part.npos) {
        if (part.ends_with('\n')) return end_line(part, message);
        emit(part, /*ends_line=*/false, message);
        return part.size();
    }
    if (part.substr(cr) == "\r\n") return end_line(part, message);
    emit(before, /*ends_line=*/false, message);
    state_ = State::Return;
    return cr + 1;
}

// One octet in a state where it may decide between a dot, a line end and the end. Returns 0 to see it again.
std::size_t DataDecoder::decode_octet(char octet, std::string& message) {
    switch (state_) {
        case State::LineStart: state_ = State::Dot; return 1;
        case State::Dot:  // §4.5.2: the dot itself is dropped
            state_ = octet == '\r' ? State::DotReturn : State::Line;
            return octet == '\r' ? 1 : 0;
        case State::DotReturn:
            if (octet == '\n') {
                state_ = State::End;
                return 1;
            }
            bare_return(message);
            return 0;
        case State::Return:
            if (octet == '\n') {
                emit("\r\n", /*ends_line=*/true, message);
                state_ = State::LineStart;
                return 1;
            }
            bare_return(message);
            return 0;
        case State::Line:
        case State::End: break;
    }
    return 0;
}

void DataDecoder::bare_return(std::string& message) {
    if (policy_ == BareNewline::Reject) check_.note(ContentFault::BareReturn);
    emit(" ", /*ends_line=*/false, message);
    state_ = State::Line;
}

void DataDecoder::emit(std::string_view part, bool ends_line, std::string& message) {
    check_.add(part, ends_line);
    if (!check_.fault()) message.append(part);
}

void DotStuffer::encode(std::string_view chunk, std::string& out) {
    if (chunk.empty()) return;
    if (after_cr_ || !is_tidy(chunk)) return encode_untidy(chunk, out);
    encode_tidy(chunk, out);
}

void DotStuffer::encode_tidy(std::string_view chunk, std::string& out) {
    if (chunk.ends_with('\r')) {
        after_cr_ = true;
        chunk.remove_suffix(1);
    }
    while (!chunk.empty()) {
        const auto end = chunk.find('\n');
        const auto line = chunk.substr(0, end == chunk.npos ? chunk.size() : end + 1);
        chunk.remove_prefix(line.size());
        if (column_ == 0 && line.size() <= longest_line_ && line.ends_with("\r\n")) {  // nearly always
            if (line.front() == '.') out += '.';
            out += line;
            continue;
        }
        auto text = line;
        if (end != chunk.npos && text.ends_with('\n')) text.remove_suffix(1);
        if (text.size() < line.size() && text.ends_with('\r')) text.remove_suffix(1);
        write(text, out);
        if (text.size() < line.size()) end_line(out);
    }
}

// Bare CR somewhere, or one held back. Octet by octet: it does not happen to messages that came in by SMTP.
void DotStuffer::encode_untidy(std::string_view chunk, std::string& out) {
    for (const char& octet : chunk) {
        if (octet == '\n') {
            end_line(out);
        } else {
            if (after_cr_) write(" ", out);
            if (octet != '\r') write({&octet, 1}, out);
        }
        after_cr_ = octet == '\r';
    }
}

// Text without line ends, folded where it does not fit (RFC 5321 §4.5.3.1.6).
void DotStuffer::write(std::string_view part, std::string& out) {
    while (!part.empty()) {
        if (column_ == longest_line_) {
            out += "\r\n ";
            column_ = 1;
        }
        if (column_ == 0 && part.front() == '.') out += '.';
        const auto fits = part.substr(0, longest_line_ - column_);
        out += fits;
        column_ += fits.size();
        part.remove_prefix(fits.size());
    }
}

void DotStuffer::end_line(std::string& out) {
    out += "\r\n";
    column_ = 0;
}

void DotStuffer::finish(std::string& out) {
    if (after_cr_) write(" ", out);
    if (column_ > 0) end_line(out);
    after_cr_ = false;
    out += ".\r\n";
}

}  // namespace smtp
