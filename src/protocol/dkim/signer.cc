#include "dkim/signer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "crypto/digest.h"
#include "lang/verify.h"
#include "text/ascii.h"
#include "text/base64.h"

namespace dkim {
namespace {

constexpr std::size_t longest_line = 78;      // RFC 5322 §2.1.1
constexpr std::size_t most_of_one_name = 20;  // of a field that a message should have once

constexpr auto oversigned =
    std::to_array<std::string_view>({"from", "to", "cc", "subject", "date", "reply-to", "message-id", "in-reply-to",
                                     "references", "mime-version", "content-type", "content-transfer-encoding"});

}  // namespace

const std::vector<std::string>& usual_fields() {
    static const std::vector<std::string> fields = {"from",
                                                    "to",
                                                    "cc",
                                                    "subject",
                                                    "date",
                                                    "reply-to",
                                                    "sender",
                                                    "message-id",
                                                    "in-reply-to",
                                                    "references",
                                                    "mime-version",
                                                    "content-type",
                                                    "content-transfer-encoding",
                                                    "resent-from",
                                                    "resent-to",
                                                    "resent-cc",
                                                    "resent-date",
                                                    "resent-message-id",
                                                    "list-id",
                                                    "list-help",
                                                    "list-post",
                                                    "list-owner",
                                                    "list-archive",
                                                    "list-subscribe",
                                                    "list-unsubscribe",
                                                    "list-unsubscribe-post"};
    return fields;
}

bool is_oversigned(std::string_view name) { return std::ranges::find(oversigned, name) != oversigned.end(); }

void FoldedField::begin_line() {
    text_ += "\r\n ";
    column_ = 1;
}

void FoldedField::add_word(std::string_view word) {
    if (column_ + 1 + word.size() > longest_line) {
        begin_line();
    } else {
        text_ += ' ';
        ++column_;
    }
    text_ += word;
    column_ += word.size();
}

void FoldedField::add_part(std::string_view part) {
    if (column_ + part.size() > longest_line) begin_line();
    text_ += part;
    column_ += part.size();
}

void FoldedField::add_octets(std::string_view octets) {
    while (!octets.empty()) {
        if (column_ >= longest_line) begin_line();
        const auto part = octets.substr(0, longest_line - column_);
        text_ += part;
        column_ += part.size();
        octets.remove_prefix(part.size());
    }
}

std::string Draft::complete(std::string_view signature_octets) const {
    const auto line = field.rfind('\n');
    const auto last = std::string_view(field).substr(line == std::string::npos ? 0 : line + 1);
    FoldedField folded{std::string(last)};
    folded.add_octets(text::to_base64(signature_octets));
    return field.substr(0, field.size() - last.size()) + folded.text() + "\r\n";
}

void Signer::add(std::string_view piece) {
    if (!has_header_) {
        piece = reader_.add(piece);
        if (!reader_.is_complete()) return;
        take_header();
    }
    bodies_.add(piece);
}

void Signer::take_header() {
    has_header_ = true;
    header_ = reader_.take();
    bodies_.want(settings_.canonicalizations.body, std::nullopt);
}

void Signer::finish() {
    if (!has_header_) {
        reader_.finish();
        take_header();
    }
    bodies_.finish();
}

std::vector<std::string> Signer::chosen_fields() const {
    if (!settings_.fields.empty()) return settings_.fields;
    std::vector<std::string> chosen;
    for (const auto& name : usual_fields()) {
        const auto present = std::min(header_.named(name).size(), most_of_one_name);
        chosen.insert(chosen.end(), present + (is_oversigned(name) ? 1 : 0), name);
    }
    for (const auto& name : settings_.also)
        if (std::ranges::find(usual_fields(), name) == usual_fields().end())
            chosen.insert(chosen.end(), std::min(header_.named(name).size(), most_of_one_name), name);
    return chosen;
}

bool Signer::may_sign() const {
    const auto fields = chosen_fields();
    return !reader_.is_too_long() && !header_.begins_with_continuation() && !header_.named("From").empty() &&
           std::ranges::find(fields, "from") != fields.end();
}

Draft Signer::draft(const Naming& naming) const {
    VERIFY(has_header_);
    Signature signature;
    signature.canonicalizations = settings_.canonicalizations;
    signature.signed_fields = chosen_fields();
    FoldedField field("DKIM-Signature: v=1;");
    field.add_word(fmt::format("a={};", to_text(naming.algorithm)));
    field.add_word(fmt::format("c={};", to_text(settings_.canonicalizations)));
    field.add_word(fmt::format("d={};", naming.domain));
    field.add_word(fmt::format("s={};", naming.selector));
    if (!naming.identity.empty()) field.add_word(fmt::format("i={};", naming.identity));
    if (settings_.timestamp) field.add_word(fmt::format("t={};", *settings_.timestamp));
    if (settings_.expiration) field.add_word(fmt::format("x={};", *settings_.expiration));
    for (std::size_t i = 0; i < signature.signed_fields.size(); ++i) {
        const bool is_last = i + 1 == signature.signed_fields.size();
        const auto part = signature.signed_fields[i] + (is_last ? ";" : ":");
        if (i == 0)
            field.add_word("h=" + part);
        else
            field.add_part(part);
    }
    field.add_word(fmt::format("bh={};", text::to_base64(bodies_.at(0).digest())));
    field.add_word("b=");
    Draft draft{field.text(), {}};
    const auto whole = draft.field + "\r\n";
    const auto own = mime::FieldScanner(whole).next();
    draft.digest = crypto::digest(crypto::Digest::Sha256, signed_text(header_, signature, *own));
    return draft;
}

}  // namespace dkim
