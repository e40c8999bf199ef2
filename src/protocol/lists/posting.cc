#include "lists/posting.h"

#include <fmt/format.h>

#include <algorithm>

#include "dkim/signature.h"
#include "lists/address.h"
#include "mime/address.h"
#include "mime/automatic.h"
#include "mime/encode.h"
#include "mime/header.h"
#include "mime/trace.h"
#include "text/ascii.h"

namespace lists {
namespace {

using What = Verdict::What;

std::string id_of(const List& list) { return "<" + list.name + "." + list.domain + ">"; }

bool has_own_id(std::string_view header, const List& list) {
    mime::FieldScanner fields(header);
    while (const auto field = fields.next())
        if (field->is("List-Id") && text::lower(mime::unfold(field->value)).contains(id_of(list))) return true;
    return false;
}

bool has_own_loop_mark(std::string_view header, const List& list) {
    mime::FieldScanner fields(header);
    while (const auto field = fields.next())
        if (field->is("X-Loop") && text::equal_ignoring_case(mime::unfold(field->value), address_of(list))) return true;
    return mime::has_delivered_to(header, address_of(list));
}

bool is_answer_of_a_program(std::string_view header) {
    const auto field = mime::find_field(header, "Auto-Submitted");
    return field && text::starts_with_ignoring_case(mime::unfold(field->value), "auto-replied");
}

/// Of a list, or of who delivers: what others put there goes.
bool is_own(std::string_view name) {
    constexpr std::string_view own[] = {"List-Id",    "List-Help",  "List-Subscribe", "List-Unsubscribe",
                                        "List-Post",  "List-Owner", "List-Archive",   "List-Unsubscribe-Post",
                                        "Precedence", "Return-Path"};
    return std::ranges::any_of(own, [&](auto one) { return text::equal_ignoring_case(one, name); });
}

std::string mailto(const List& list, Verb verb, std::string_view argument = {}) {
    return fmt::format("<mailto:{}@{}>", to_text(Address{list.name, verb, std::string(argument)}), list.domain);
}

}  // namespace

Verdict judge(const List& list, const Posted& posted) {
    if (posted.reverse_path.empty()) return {What::Discard, "it has the null sender: it is a notice, and no posting"};
    if (has_own_id(posted.header, list) || has_own_loop_mark(posted.header, list))
        return {What::Discard, "it has been through this list already"};
    if (is_answer_of_a_program(posted.header)) return {What::Discard, "a program answers somebody"};
    if (posted.size > list.message_size)
        return {What::Reject, fmt::format("Messages to {} may have {} octets, and this one has {}", address_of(list),
                                          list.message_size, posted.size)};
    if (list.posting == Posting::Anyone || (list.posting == Posting::Members && posted.author_is_member))
        return {What::Distribute, {}};
    if (list.others == Others::Hold)
        return {What::Hold,
                list.posting == Posting::Nobody ? "every posting is looked at first" : "its author is not a member"};
    return {What::Reject, list.posting == Posting::Nobody
                              ? fmt::format("Only moderators write to {}", address_of(list))
                              : fmt::format("Only members write to {}; {}-subscribe@{} is how to become one",
                                            address_of(list), list.name, list.domain)};
}

std::vector<std::string> authors_of(std::string_view header, std::string_view reverse_path) {
    std::vector<std::string> authors;
    constexpr std::size_t most = 20;
    if (const auto from = mime::find_field(header, "From"))
        if (const auto mailboxes = mime::parse_address_list(from->value); mailboxes && mailboxes->size() <= most)
            for (const auto& mailbox : *mailboxes) authors.push_back(text::lower(mailbox.addr_spec));
    if (!reverse_path.empty()) authors.push_back(text::lower(reverse_path));
    return authors;
}

std::string list_id(const List& list) {
    const auto words = mime::to_encoded_words(list.description);
    if (words.empty()) return id_of(list);
    return (words.starts_with("=?") ? words : mime::to_phrase(words)) + " " + id_of(list);
}

std::string fields_on_top(const List& list, std::string_view token) {
    auto unsubscribe = mailto(list, Verb::Unsubscribe, token);
    std::string one_click;
    if (auto url = list.unsubscribe_url; !url.empty()) {
        if (const auto at = url.find("{token}"); at != std::string::npos) url.replace(at, 7, token);
        unsubscribe = "<" + url + ">, " + unsubscribe;
        one_click = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";  // RFC 8058 §3.1
    }
    const bool is_announced = list.posting == Posting::Nobody && list.others == Others::Reject;
    return mime::fold_field("List-Id", list_id(list)) +
           mime::fold_field("List-Help", fmt::format("<mailto:{}-request@{}?subject=help>", list.name, list.domain)) +
           mime::fold_field("List-Subscribe", mailto(list, Verb::Subscribe)) +
           mime::fold_field("List-Unsubscribe", unsubscribe) + one_click +
           mime::fold_field("List-Post", is_announced ? "NO" : mailto(list, Verb::Post)) +
           mime::fold_field("List-Owner", mailto(list, Verb::Owner)) + "Precedence: list\r\n";
}

std::string passed_on(std::string_view message) {
    std::string text;
    text.reserve(message.size());
    mime::FieldScanner fields(message);
    while (const auto field = fields.next())
        if (!is_own(field->name)) text += field->whole;
    return text.append(message.substr(fields.offset()));
}

bool breaks_signature(std::string_view header) {
    mime::FieldScanner fields(header);
    while (const auto field = fields.next()) {
        if (!field->is("DKIM-Signature")) continue;
        const auto signature = dkim::parse_signature(field->value);
        if (signature && std::ranges::any_of(signature->signed_fields, is_own)) return true;
    }
    return false;
}

}  // namespace lists
