#include "dkim/header.h"

#include <algorithm>
#include <numeric>
#include <ranges>
#include <tuple>

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

// By the order of the names, so that a field is found among them without a copy of either. Hostile: there may be as
// many of both as a header has room for.
std::vector<const mime::Field*> Header::select(const std::vector<std::string>& names) const {
    std::vector<std::size_t> order(names.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order,
                      [&](std::size_t a, std::size_t b) { return std::tie(names[a], a) < std::tie(names[b], b); });
    std::vector<std::size_t> taken(names.size());  // where a name is the first of its kind: how many of them
    std::vector<const mime::Field*> selected(names.size());
    const auto is_before = [&](std::size_t name, std::string_view field) {
        return std::ranges::lexicographical_compare(names[name], field, {}, {}, text::to_lower);
    };
    for (const auto& field : std::views::reverse(fields_)) {
        const auto first = std::lower_bound(order.begin(), order.end(), field.name, is_before);
        if (first == order.end() || !std::ranges::equal(names[*first], field.name, {}, {}, text::to_lower)) continue;
        auto& count = taken[static_cast<std::size_t>(first - order.begin())];
        const auto place = first + static_cast<std::ptrdiff_t>(count);
        if (place >= order.end() || names[*place] != names[*first]) continue;
        selected[*place] = &field;
        ++count;
    }
    std::erase(selected, nullptr);
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
    text.reserve(1024);
    for (const auto* field : header.select(signature.signed_fields)) append_canonical(text, canonicalization, *field);
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
