#include "fuzz.h"
#include "lists/author.h"
#include "lists/footer.h"
#include "lists/subject.h"
#include "mime/address.h"
#include "mime/apparent.h"
#include "mime/content_type.h"
#include "mime/decode.h"
#include "mime/header.h"
#include "text/ascii.h"

namespace {

constexpr std::string_view boundary = "=_0123456789abcdef";

std::string fields_except(std::string_view message, auto is_left_out) {
    std::string fields;
    mime::FieldScanner scanner(message);
    while (const auto field = scanner.next())
        if (!is_left_out(*field)) fields += field->whole;
    return fields;
}

std::string_view body_of(std::string_view message) { return message.substr(mime::divide(message).body); }

std::string value_of(std::string_view message, std::string_view name) {
    const auto field = mime::find_field(message, name);
    return field ? mime::unfold(field->value) : std::string();
}

// Once, in front, and nothing else is touched.
void check_subject(std::string_view message, std::string_view prefix) {
    std::string changed(message);
    const bool is_changed = lists::add_subject_prefix(changed, prefix);
    VERIFY(is_changed == (changed != message));
    VERIFY(!lists::add_subject_prefix(changed, prefix));
    VERIFY(body_of(changed) == body_of(message));
    const auto subject = mime::find_field(message, "Subject");
    const auto offset = subject ? subject->offset : std::string::npos;
    const auto rest = [&](const mime::Field& field) { return field.is("Subject"); };
    VERIFY(fields_except(changed, rest).starts_with(fields_except(message, rest)));
    if (subject) VERIFY(changed.substr(0, offset) == message.substr(0, offset));
    if (is_changed && subject) VERIFY(value_of(changed, "Subject").ends_with(mime::unfold(subject->value)));
}

/// The text of a part or a message, as far as its encoding goes.
std::string decoded(std::string_view part) {
    const auto body = body_of(part);
    if (!text::equal_ignoring_case(value_of(part, "Content-Transfer-Encoding"), "base64")) return std::string(body);
    return mime::decode_base64_body(body).value_or("");
}

// What has a footer has it at its end, can be read, and has all that was there.
void check_footer(std::string_view message, std::string_view footer) {
    std::string changed(message);
    if (!lists::add_footer(changed, footer, boundary)) {
        VERIFY(changed == message);
        return;
    }
    const auto is_content = [](const mime::Field& field) {
        return text::starts_with_ignoring_case(field.name, "Content-") || field.is("MIME-Version");
    };
    VERIFY(fields_except(changed, is_content) == fields_except(message, is_content));
    const auto type = mime::parse_content_type(value_of(changed, "Content-Type"));
    if (!type || type->type != "multipart") {
        const auto is_digest = [](const mime::Field& field) { return field.is("Content-MD5"); };
        VERIFY(fields_except(changed, is_digest) == fields_except(message, is_digest));
        VERIFY(mime::count_fields(changed, "Content-MD5") == 0);
        const auto before = decoded(message), after = decoded(changed);
        VERIFY(after.starts_with(before));
        return;
    }
    VERIFY(type->subtype == "mixed");
    const auto own = type->parameter("boundary");
    const auto body = body_of(changed);
    const auto end = mime::find_end_of_parts(body, own);
    VERIFY(end.has_value());
    const auto last = body.substr(0, *end).rfind("--" + std::string(own));
    VERIFY(body.substr(last, *end - last).contains("Content-Disposition: inline"));
    if (own != boundary) {
        VERIFY(body.substr(0, last) == body_of(message).substr(0, last));
        VERIFY(body.substr(*end) == body_of(message).substr(last));
    } else {
        VERIFY(body.contains(body_of(message)));
    }
}

// The list is the author, the author is kept, and DMARC asks for few domains.
void check_author(std::string_view message) {
    lists::List list;
    list.name = "dev";
    list.domain = "l.example";
    list.description = message.substr(0, 100);
    std::string changed(message);
    lists::rewrite_author(changed, list);
    VERIFY(mime::count_fields(changed, "From") == 1);
    mime::FieldScanner scanner(changed);
    while (const auto field = scanner.next()) VERIFY(!mime::may_be_read_as("From", *field));
    const auto from = mime::parse_address_list(value_of(changed, "From"));
    VERIFY(from && from->size() == 1 && from->front().addr_spec == "dev@l.example");
    VERIFY(mime::count_fields(changed, "X-Original-From") ==
           mime::count_fields(message, "X-Original-From") + mime::count_fields(message, "From"));
    VERIFY(body_of(changed) == body_of(message));
    const auto is_author = [](const mime::Field& field) {
        return field.is("From") || field.is("Reply-To") || field.is("X-Original-From") ||
               mime::may_be_read_as("From", field);
    };
    VERIFY(fields_except(changed, is_author).starts_with(fields_except(message, is_author)));
    if (const auto answers = mime::find_field(changed, "Reply-To"); answers && !mime::find_field(message, "Reply-To"))
        VERIFY(mime::parse_address_list(answers->value).has_value());
    lists::Protection protection(message);
    int asked = 0;
    for (; protection.question(); ++asked) protection.answer(dns::failed("none"));
    VERIFY(asked <= 5 * 9);
}

}  // namespace

FUZZ(message) {
    check_subject(message, "[dev]");
    check_subject(message, "[d\xc3\xa9v]");
    check_footer(message, "-- \nlist footer\n");
    check_footer(message,
                 "f\xc3\xbc\xc3\x9f"
                 "e\n");
    check_author(message);
}
