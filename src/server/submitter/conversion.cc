#include "submitter/conversion.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "mime/header.h"
#include "smtp/limits.h"

namespace submitter {
namespace {

/// Whether the header's end has come: an empty line, or more than any header has. Looks only at what is new.
bool has_header_end(std::string_view text, std::size_t looked_at) {
    const auto from = looked_at < 3 ? 0 : looked_at - 3;
    return text.starts_with('\n') || text.starts_with("\r\n") || text.find("\n\n", from) != text.npos ||
           text.find("\n\r\n", from) != text.npos || text.size() > smtp::largest_header;
}

}  // namespace

void Conversion::add(std::string_view piece) {
    std::string without;
    if (piece.find('\0') != piece.npos) {
        without.reserve(piece.size());
        std::ranges::copy_if(piece, std::back_inserter(without), [](char c) { return c != '\0'; });
        piece = without;
    }
    if (in_header_) {
        const auto before = header_.size();
        header_ += piece;
        if (has_header_end(header_, before)) begin_body();
        return;
    }
    const auto from = out_.size();
    line_ends_.convert(piece, out_);
    composition_.add(std::string_view(out_).substr(from));
}

void Conversion::begin_body() {
    in_header_ = false;
    auto repaired = mime::repair(header_, *submission_);
    claims_ = std::move(repaired.claims);
    composition_.add(repaired.header);
    out_ += repaired.header;
    const auto body = std::string_view(header_).substr(repaired.body);
    const auto from = out_.size();
    line_ends_.convert(body, out_);
    composition_.add(std::string_view(out_).substr(from));
    header_ = {};
}

void Conversion::finish() {
    if (in_header_) begin_body();
    line_ends_.finish(out_);
}

}  // namespace submitter
