#include "relay/message.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace relay {

namespace {

/// Lines and their properties, over pieces of any size. Sees line ends that are not CRLF.
class Inspection {
public:
    void add(std::string_view piece) {
        if (holds_cr_ && !piece.empty()) release_cr(piece);
        if (piece.ends_with('\r')) {
            holds_cr_ = true;  // its LF may come with the next piece
            piece.remove_suffix(1);
        }
        while (!piece.empty()) {
            const auto end = piece.find('\n');
            const auto part = piece.substr(0, end == piece.npos ? piece.size() : end + 1);
            piece.remove_prefix(part.size());
            look_at(part, end != std::string_view::npos);
        }
    }
    void finish() {
        if (holds_cr_) look_at("\r", /*ends_line=*/false);
        holds_cr_ = false;
    }
    bool is_tidy() const { return is_tidy_; }
    MessageFacts facts() const {
        return {check_.size(), check_.longest_line(), check_.has_8bit(), check_.has_8bit_header()};
    }

private:
    void release_cr(std::string_view& piece) {
        const bool ends_line = piece.front() == '\n';
        look_at(ends_line ? "\r\n" : "\r", ends_line);
        if (ends_line) piece.remove_prefix(1);
        holds_cr_ = false;
    }

    void look_at(std::string_view part, bool ends_line) {
        const bool ends_crlf = part.ends_with("\r\n");
        const auto text = part.substr(0, part.size() - (ends_crlf ? 2 : 0));
        if ((ends_line && !ends_crlf) || text.contains('\r')) is_tidy_ = false;
        check_.add(part, ends_line);
    }

    static smtp::ContentLimits no_limits() {
        constexpr auto none = std::numeric_limits<std::size_t>::max();
        return {.size = std::numeric_limits<std::uint64_t>::max(), .header = none, .header_fields = none, .line = none};
    }

    smtp::ContentCheck check_{no_limits()};
    bool is_tidy_ = true;
    bool holds_cr_ = false;
};

}  // namespace

void LineEnds::append(std::string_view piece, std::string& out) {
    for (const char octet : piece) {
        if (after_cr_ && octet != '\n') out += ' ';
        if (octet == '\n')
            out += "\r\n";
        else if (octet != '\r')
            out += octet;
        after_cr_ = octet == '\r';
    }
}

void LineEnds::finish(std::string& out) {
    if (after_cr_) out += ' ';
    after_cr_ = false;
}

Message::Message(std::string octets, file::Descriptor blob, std::uint64_t size, smtp::BodyType body)
    : octets_(std::move(octets)), blob_(std::move(blob)), size_(size), is_binary_(body == smtp::BodyType::BinaryMime) {}

bool Message::inspect() {
    if (!is_inline()) return inspect_blob();
    inspect_inline();
    return true;
}

void Message::inspect_inline() {
    Inspection inspection;
    inspection.add(octets_);
    inspection.finish();
    facts_ = inspection.facts();
    if (is_binary_ || inspection.is_tidy()) return;
    std::string tidy;
    LineEnds line_ends;
    line_ends.append(octets_, tidy);
    line_ends.finish(tidy);
    octets_ = std::move(tidy);
    inspect_inline();
}

bool Message::inspect_blob() {
    for (;;) {
        Inspection inspection;
        Reader reader(*this);
        std::string piece;
        while (reader.next(piece)) inspection.add(piece);
        inspection.finish();
        if (reader.has_failed()) return false;
        facts_ = inspection.facts();
        if (is_binary_ || inspection.is_tidy()) return true;
        needs_line_ends_ = true;  // and once more, as it will be sent
    }
}

bool Message::Reader::next(std::string& piece) {
    piece.clear();
    if (!message_.needs_line_ends_) return read(piece);
    while (piece.empty()) {
        if (read(raw_)) {
            line_ends_.append(raw_, piece);
        } else {
            if (!has_failed_) line_ends_.finish(piece);
            return !piece.empty();
        }
    }
    return true;
}

// The next piece as it is stored. A file shorter than promised is a failure: half a message is never sent as a whole
// one.
bool Message::Reader::read(std::string& raw) {
    const auto total = message_.is_inline() ? message_.octets_.size() : message_.size_;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, total - offset_));
    if (wanted == 0 || has_failed_) return false;
    if (message_.is_inline()) {
        raw.assign(message_.octets_, offset_, wanted);
    } else {
        raw.resize(wanted);
        ssize_t got;
        do {
            got = ::pread(message_.blob_.get(), raw.data(), wanted, static_cast<off_t>(offset_));
        } while (got < 0 && errno == EINTR);
        has_failed_ = got <= 0;
        raw.resize(has_failed_ ? 0 : static_cast<std::size_t>(got));
    }
    offset_ += raw.size();
    return !has_failed_;
}

}  // namespace relay
