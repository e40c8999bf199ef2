#include "mailbox/stored_form.h"

#include <utility>

#include "lang/try.h"

namespace mailbox {
namespace {

constexpr std::size_t piece_size = 64 * 1024;
constexpr std::string_view from = "From ";

/// Gathers converted octets and writes them in large pieces.
class Writer {
public:
    Writer(file::OpenFile& file, std::uint64_t offset, Quoting quoting)
        : file_(file), offset_(offset), quoting_(quoting) {}

    file::Result<void> add(std::string_view piece) {
        if (quoting_ == Quoting::None) {
            lines_.convert(piece, waiting_);
        } else {
            converted_.clear();
            lines_.convert(piece, converted_);
            from_.quote(converted_, waiting_);
        }
        return waiting_.size() >= piece_size ? flush() : file::Result<void>();
    }
    file::Result<std::uint64_t> finish() {
        converted_.clear();
        lines_.finish(converted_);
        from_.quote(converted_, waiting_);
        from_.finish(waiting_);
        if (!waiting_.empty()) TRY(flush());
        return written_;
    }

private:
    file::Result<void> flush() {
        auto result = file_.write_at(offset_ + written_, waiting_);
        written_ += waiting_.size();
        waiting_.clear();
        return result;
    }

    file::OpenFile& file_;
    std::uint64_t offset_;
    Quoting quoting_;
    StoredLines lines_;
    FromQuoting from_;
    std::string converted_;
    std::string waiting_;
    std::uint64_t written_ = 0;
};

}  // namespace

void StoredLines::convert(std::string_view piece, std::string& out) {
    if (piece.empty()) return;
    if (after_cr_ && piece.front() != '\n') out += '\r';
    line_open_ = piece.back() != '\n';
    after_cr_ = piece.back() == '\r';
    if (after_cr_) piece.remove_suffix(1);
    while (!piece.empty()) {
        const auto cr = piece.find("\r\n");
        out += piece.substr(0, cr);
        piece.remove_prefix(cr == piece.npos ? piece.size() : cr + 1);  // the LF is copied in the next round
    }
}

void StoredLines::finish(std::string& out) {
    if (std::exchange(after_cr_, false)) out += '\r';
    if (std::exchange(line_open_, false)) out += '\n';
}

void FromQuoting::release(std::string& out) {
    out.append(arrows_, '>');
    out += from.substr(0, matched_);
    arrows_ = matched_ = 0;
}

void FromQuoting::decide(char c, std::string& out) {
    if (c == '>' && matched_ == 0) {
        ++arrows_;
        return;
    }
    if (c == from[matched_]) {
        if (++matched_ < from.size()) return;
        out += '>';
        release(out);
        at_start_ = false;
        return;
    }
    release(out);
    out += c;
    at_start_ = c == '\n';
}

void FromQuoting::quote(std::string_view piece, std::string& out) {
    while (!piece.empty()) {
        if (at_start_) {
            decide(piece.front(), out);
            piece.remove_prefix(1);
            continue;
        }
        const auto end = piece.find('\n');
        at_start_ = end != piece.npos;
        const auto line = piece.substr(0, at_start_ ? end + 1 : end);
        out += line;
        piece.remove_prefix(line.size());
    }
}

void FromQuoting::finish(std::string& out) { release(out); }

file::Result<std::uint64_t> write_stored(file::OpenFile& file, std::uint64_t offset, const Mail& mail,
                                         Quoting quoting) {
    Writer writer(file, offset, quoting);
    TRY(writer.add(mail.fields));
    for (std::uint64_t at = 0;;) {
        const auto piece = TRY(mail.content(at, piece_size));
        TRY(writer.add(piece));
        at += piece.size();
        if (piece.size() < piece_size) break;
    }
    return writer.finish();
}

}  // namespace mailbox
