#include "arc/sealer.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

#include "crypto/digest.h"
#include "text/ascii.h"
#include "text/base64.h"

namespace arc {
namespace {

using dkim::Canonicalization;
using dkim::FoldedField;

constexpr std::size_t longest_word = 900;  // what stays on one line, which may have 998 octets
constexpr std::size_t most_results = 200;

mime::Field field_of(const std::string& whole) { return mime::FieldScanner(whole).next().value_or(mime::Field{}); }

/// In one line where it fits: others may have to predict the field.
void add_signed_fields(FoldedField& field, const std::vector<std::string>& names) {
    std::string whole = "h=";
    for (const auto& name : names) whole += name + ":";
    whole.back() = ';';
    if (whole.size() <= 69) return field.add_word(whole);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto part = names[i] + (i + 1 == names.size() ? ";" : ":");
        if (i == 0)
            field.add_word("h=" + part);
        else
            field.add_part(part);
    }
}

std::vector<std::string> usual_fields(const dkim::Header& header) {
    std::vector<std::string> chosen;
    for (const auto& name : dkim::usual_fields())
        chosen.insert(chosen.end(),
                      std::min<std::size_t>(header.named(name).size(), 20) + (dkim::is_oversigned(name) ? 1 : 0), name);
    return chosen;
}

std::optional<Result> stated_in(std::string_view result) {
    if (!text::starts_with_ignoring_case(result, "arc")) return std::nullopt;
    auto rest = text::trim(result.substr(3));
    if (!rest.starts_with('=')) return std::nullopt;
    rest = text::trim(rest.substr(1));
    for (const auto one : {Result::None, Result::Pass, Result::Fail})
        if (text::starts_with_ignoring_case(rest, to_text(one))) return one;
    return std::nullopt;
}

}  // namespace

std::vector<std::string> split_results(std::string_view value) {
    std::vector<std::string> parts(1);
    std::size_t depth = 0;
    bool is_quoted = false, is_escaped = false, has_blank = false;
    for (const char c : value) {
        const bool is_plain = !is_quoted && depth == 0;
        if (is_plain && c == ';') {
            if (parts.size() == most_results) return parts;
            parts.emplace_back();
            has_blank = false;
            continue;
        }
        if (dkim::is_white_space(c)) {
            has_blank = true;
            continue;
        }
        if (has_blank && !parts.back().empty()) parts.back() += ' ';
        has_blank = false;
        parts.back() += c;
        if (std::exchange(is_escaped, false)) continue;
        is_escaped = !is_plain && c == '\\';
        if (c == '"' && depth == 0) is_quoted = !is_quoted;
        if (c == '(' && !is_quoted) ++depth;
        if (c == ')' && !is_quoted && depth > 0) --depth;
    }
    return parts;
}

std::string Draft::complete(std::string_view signature_octets) const {
    std::string base64 = text::to_base64(signature_octets);
    for (std::size_t at = longest_word; at < base64.size(); at += longest_word + 3) base64.insert(at, "\r\n ");
    return before + base64 + after + "\r\n";
}

void Sealer::add(std::string_view piece) {
    if (!has_header_) {
        piece = reader_.add(piece);
        if (!reader_.is_complete()) return;
        take_header();
    }
    bodies_.add(piece);
}

void Sealer::finish() {
    if (!has_header_) {
        reader_.finish();
        take_header();
    }
    bodies_.finish();
}

void Sealer::take_header() {
    has_header_ = true;
    header_ = reader_.take();
    chain_ = read_chain(header_);
    bodies_.want(Canonicalization::Relaxed, std::nullopt);
    gather_results();
}

// All fields of ours become one (§4.1.1), in the order in which they stand.
void Sealer::gather_results() {
    for (const auto* field : header_.named("Authentication-Results")) {
        auto parts = split_results(field->value);
        const auto id = std::string_view(parts.front()).substr(0, parts.front().find(' '));
        if (!text::equal_ignoring_case(id, settings_.authserv_id)) continue;
        for (auto& part : parts | std::views::drop(1)) {
            if (part.empty() || text::equal_ignoring_case(part, "none") || results_.size() == most_results) continue;
            if (!stated_) stated_ = stated_in(part);
            results_.push_back(std::move(part));
        }
    }
}

std::string Sealer::refusal() const {
    if (reader_.is_too_long()) return "the header is too long";
    if (header_.begins_with_continuation()) return "the message begins with a blank";
    if (header_.named("From").empty()) return "the message has no From";
    if (chain_.is_marked_failed) return "the chain has failed already";
    if (chain_.highest >= most_sets) return "the chain has as many sets as it may have";
    if (chain_result() == Result::Pass && !chain_.problem.empty())
        return "the chain cannot have passed: " + chain_.problem;
    return {};
}

std::string Sealer::results() const {
    FoldedField field("ARC-Authentication-Results:");
    field.add_word(fmt::format("i={};", chain_.highest + 1));
    field.add_word(settings_.authserv_id + ";");
    for (std::size_t i = 0; i < results_.size(); ++i) {
        const auto text = results_[i] + (i + 1 < results_.size() ? ";" : "");
        for (const auto word : dkim::split_trimmed(text, ' ')) field.add_word(word);
    }
    if (results_.empty()) field.add_word("none");
    return field.text() + "\r\n";
}

Draft Sealer::message_signature(const dkim::Naming& naming) const {
    dkim::Signature signature;
    signature.canonicalizations = {Canonicalization::Relaxed, Canonicalization::Relaxed};
    signature.signed_fields = settings_.fields.empty() ? usual_fields(header_) : settings_.fields;
    Draft draft;
    draft.before = fmt::format("ARC-Message-Signature: a={};\r\n b=", to_text(naming.algorithm));
    FoldedField after(";");
    after.add_word(fmt::format("bh={};", text::to_base64(bodies_.at(0).digest())));
    after.add_word("c=relaxed/relaxed;");
    after.add_word(fmt::format("d={};", naming.domain));
    add_signed_fields(after, signature.signed_fields);
    after.add_word(fmt::format("i={};", chain_.highest + 1));
    after.add_word(fmt::format("s={}{}", naming.selector, settings_.timestamp ? ";" : ""));
    if (settings_.timestamp) after.add_word(fmt::format("t={}", *settings_.timestamp));
    draft.after = after.text();
    const auto whole = draft.before + draft.after + "\r\n";
    draft.digest = crypto::digest(crypto::Digest::Sha256, signed_text(header_, signature, field_of(whole)));
    return draft;
}

// A chain that failed is sealed alone: what came before means nothing any more (§5.1.2).
Draft Sealer::seal(const dkim::Naming& naming, const std::string& message_signature) const {
    const bool is_first = chain_.highest == 0;
    const auto chain = is_first ? Result::None : chain_result() == Result::Pass ? Result::Pass : Result::Fail;
    Draft draft;
    draft.before = fmt::format("ARC-Seal: a={};\r\n b=", to_text(naming.algorithm));
    FoldedField after(";");
    after.add_word(fmt::format("cv={};", to_text(chain)));
    after.add_word(fmt::format("d={};", naming.domain));
    after.add_word(fmt::format("i={};", chain_.highest + 1));
    after.add_word(fmt::format("s={}{}", naming.selector, settings_.timestamp ? ";" : ""));
    if (settings_.timestamp) after.add_word(fmt::format("t={}", *settings_.timestamp));
    draft.after = after.text();
    const auto own_results = results(), whole = draft.before + draft.after + "\r\n";
    const auto results_field = field_of(own_results), signature_field = field_of(message_signature),
               seal_field = field_of(whole);
    auto sets = chain == Result::Fail ? std::vector<Set>() : chain_.sets;
    sets.push_back(
        {.results = &results_field, .message_signature = &signature_field, .seal = &seal_field, .seal_tags = {}});
    draft.digest = crypto::digest(crypto::Digest::Sha256, sealed_text(sets));
    return draft;
}

}  // namespace arc
