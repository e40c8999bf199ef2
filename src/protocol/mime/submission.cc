#include "mime/submission.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "mime/encode.h"
#include "mime/header.h"
#include "mime/trace.h"
#include "text/ascii.h"

namespace mime {
namespace {

constexpr std::array<std::string_view, 3> destinations{"To", "Cc", "Bcc"};
constexpr std::array<std::string_view, 3> resent_destinations{"Resent-To", "Resent-Cc", "Resent-Bcc"};

template <std::size_t N>
bool is_any(const Field& field, const std::array<std::string_view, N>& names) {
    return std::ranges::any_of(names, [&](auto name) { return field.is(name); });
}

/// What a header has, as far as a submission server must know.
struct Present {
    bool date = false;
    bool message_id = false;
    bool from = false;
    bool destination = false;  // other than Bcc, which goes
};

Present look_at(std::string_view header) {
    Present present;
    FieldScanner fields(header);
    while (auto field = fields.next()) {
        present.date |= field->is("Date");
        present.message_id |= field->is("Message-ID");
        present.from |= field->is("From");
        present.destination |= field->is("To") || field->is("Cc");
    }
    return present;
}

// In the wild: mail readers hand over what they keep in mbox form, with its separator line.
std::size_t mbox_line(std::string_view message) {
    if (!message.starts_with("From ") || !FieldScanner(message).next()->name.empty()) return 0;
    const auto end = message.find('\n');
    return end == std::string_view::npos ? message.size() : end + 1;
}

// Hostile: a lone CR within a field, made into a line end, would begin a field or the body.
void append_field(std::string& out, std::string_view whole) {
    while (!whole.empty()) {
        const auto end = whole.find('\n');
        auto line = whole.substr(0, end);
        whole.remove_prefix(end == std::string_view::npos ? whole.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        const auto start = out.size();
        out += line;
        std::replace(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), '\r', ' ');
        out += "\r\n";
    }
}

// Where the fields end, and the body begins.
Division divide_submission(std::string_view message) {
    FieldScanner fields(message);
    while (auto field = fields.next())
        if (field->name.empty()) return {field->offset, field->offset, false};
    return divide(message);
}

void read_claim(const Field& field, Claims& claims) {
    auto mailboxes = parse_address_list(field.value);
    if (!mailboxes || mailboxes->size() != 1 || !mailboxes->front().addr_spec.contains('@')) {
        claims.is_clear = false;
        return;
    }
    claims.addresses.push_back(std::move(mailboxes->front().addr_spec));
}

Claims read_claims(std::string_view header) {
    Claims claims;
    bool has_from = false;
    bool has_sender = false;
    FieldScanner fields(header);
    while (auto field = fields.next()) {
        if (!field->is("From") && !field->is("Sender")) continue;
        auto& has = field->is("From") ? has_from : has_sender;
        if (std::exchange(has, true)) claims.is_clear = false;
        if (claims.is_clear) read_claim(*field, claims);
    }
    return claims;
}

bool is_resent(std::string_view header) {
    FieldScanner fields(header);
    while (auto field = fields.next())
        if (is_any(*field, resent_destinations)) return true;
    return false;
}

}  // namespace

std::string missing_fields(std::string_view header, const Submission& submission) {
    const Present present = look_at(header);
    std::string fields;
    if (!present.date) fields += fold_field("Date", to_text(submission.date));
    if (!present.message_id) fields += fold_field("Message-ID", "<" + submission.unique + "@" + submission.host + ">");
    if (!present.from) fields += fold_field("From", author_text(submission.author));
    if (!present.destination) fields += "To: undisclosed-recipients:;\r\n";
    return fields;
}

Repaired repair(std::string_view message, const Submission& submission) {
    const auto skipped = mbox_line(message);
    const auto text = message.substr(skipped);
    const Division division = divide_submission(text);
    const auto header = text.substr(0, division.header);
    Repaired repaired{missing_fields(header, submission), skipped + division.body, read_claims(header)};
    FieldScanner fields(header);
    while (auto field = fields.next())
        if (!field->is("Bcc") && !field->is("Resent-Bcc")) append_field(repaired.header, field->whole);
    repaired.header += "\r\n";
    return repaired;
}

Named named_recipients(std::string_view header) {
    const auto& names = is_resent(header) ? resent_destinations : destinations;
    Named named;
    std::set<std::string, std::less<>> seen;
    FieldScanner fields(header);
    while (auto field = fields.next()) {
        if (!is_any(*field, names)) continue;
        auto mailboxes = parse_address_list(field->value);
        if (!mailboxes) {
            named.unreadable.emplace_back(field->name);
            continue;
        }
        for (auto& mailbox : *mailboxes)
            if (seen.insert(mailbox.addr_spec).second) named.recipients.push_back(std::move(mailbox.addr_spec));
    }
    return named;
}

void LineEnds::convert(std::string_view piece, std::string& out) {
    out.reserve(out.size() + piece.size() + piece.size() / 32);
    while (!piece.empty()) {
        if (after_cr_ && piece.starts_with('\n')) piece.remove_prefix(1);
        after_cr_ = false;
        const auto end = piece.find_first_of("\r\n");
        out += piece.substr(0, end);
        line_open_ |= end != 0 && !piece.empty();
        if (end == std::string_view::npos) return;
        out += "\r\n";
        line_open_ = false;
        after_cr_ = piece[end] == '\r';
        piece.remove_prefix(end + 1);
    }
}

void LineEnds::finish(std::string& out) {
    if (line_open_) out += "\r\n";
    line_open_ = false;
    after_cr_ = false;
}

}  // namespace mime
