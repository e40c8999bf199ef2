#include "dkim/header.h"

#include <algorithm>
#include <map>
#include <ranges>

#include "text/ascii.h"

namespace dkim {

Header::Header(std::string text) : text_(std::make_unique<const std::string>(std::move(text))) {
    mime::FieldScanner scanner(*text_);
    while (const auto field = scanner.next()) fields_.push_back(*field);
}

std::vector<const mime::Field*> Header::named(std::string_view name) const {
    std::vector<const mime::Field*> found;
    for (const auto& field : fields_)
        if (field.is(name)) found.push_back(&field);
    return found;
}

std::vector<const mime::Field*> Header::select(const std::vector<std::string>& names) const {
    struct Wanted {
        std::size_t count = 0;
        std::vector<const mime::Field*> found;
        std::size_t next = 0;
    };
    std::map<std::string, Wanted, std::less<>> wanted;
    for (const auto& name : names) ++wanted[name].count;
    for (const auto& field : std::views::reverse(fields_)) {
        const auto entry = wanted.find(text::lower(field.name));
        if (entry != wanted.end() && entry->second.found.size() < entry->second.count)
            entry->second.found.push_back(&field);
    }
    std::vector<const mime::Field*> selected;
    for (const auto& name : names) {
        auto& [count, found, next] = wanted[name];
        if (next < found.size()) selected.push_back(found[next++]);
    }
    return selected;
}

void HeaderReader::append(std::string_view part) {
    if (is_too_long_ || text_.size() + part.size() + 2 > longest_header)
        is_too_long_ = true;
    else
        text_ += part;
}

// The CR of a line end may come in one piece and the LF in the next, so it is taken away when the LF is there.
std::string_view HeaderReader::add(std::string_view piece) {
    while (!piece.empty() && !is_complete_) {
        const auto end = piece.find('\n');
        append(piece.substr(0, end));
        if (end == std::string_view::npos) return {};
        piece.remove_prefix(end + 1);
        if (text_.size() > line_begin_ && text_.ends_with('\r')) text_.pop_back();
        is_complete_ = text_.size() == line_begin_;
        if (!is_complete_) append("\r\n");
        if (is_too_long_) return {};
        line_begin_ = text_.size();
    }
    return piece;
}

void HeaderReader::finish() {
    if (!is_complete_ && text_.size() > line_begin_) append("\r\n");
    is_complete_ = true;
}

std::string signed_text(const Header& header, const Signature& signature, const mime::Field& own) {
    const auto canonicalization = signature.canonicalizations.header;
    std::string text;
    for (const auto* field : header.select(signature.signed_fields)) text += canonical_field(canonicalization, *field);
    return text += canonical_without_signature(canonicalization, own);
}

std::size_t BodyHashes::want(Canonicalization canonicalization, std::optional<std::uint64_t> limit) {
    for (std::size_t i = 0; i < hashes_.size(); ++i)
        if (hashes_[i].canonicalization() == canonicalization && hashes_[i].limit() == limit) return i;
    hashes_.emplace_back(canonicalization, limit);
    return hashes_.size() - 1;
}

void BodyHashes::add(std::string_view piece) {
    for (auto& hash : hashes_) hash.add(piece);
}

void BodyHashes::finish() {
    for (auto& hash : hashes_) hash.finish();
}

}  // namespace dkim
