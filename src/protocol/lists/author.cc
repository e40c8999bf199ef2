#include "lists/author.h"

#include <algorithm>
#include <utility>

#include "mime/address.h"
#include "mime/apparent.h"
#include "mime/decode.h"
#include "mime/encode.h"
#include "mime/header.h"
#include "mime/trace.h"
#include "smtp/domain_of.h"
#include "text/ascii.h"
#include "text/idna.h"
#include "text/utf8.h"

namespace lists {
namespace {

constexpr std::size_t most_authors = 10;  // Hostile: From may hold a thousand
constexpr std::size_t most_domains = 5;
constexpr std::size_t longest_name = 80;  // octets of what is shown of a name

/// What all fields of a name say.
struct Named {
    std::vector<mime::Mailbox> mailboxes;  // as far as they can be read
    bool is_there = false;
    bool is_readable = true;  // each of them
};

Named named_in(std::string_view header, std::string_view name) {
    Named named;
    mime::FieldScanner fields(header);
    while (const auto field = fields.next()) {
        if (!field->is(name)) continue;
        named.is_there = true;
        auto mailboxes = mime::parse_address_list(field->value);
        if (mailboxes)
            std::ranges::move(*mailboxes, std::back_inserter(named.mailboxes));
        else
            named.is_readable = false;
    }
    return named;
}

bool is_apparent_author(const mime::Field& field) { return mime::may_be_read_as("From", field); }

bool has_apparent_author(std::string_view header) {
    mime::FieldScanner fields(header);
    while (const auto field = fields.next())
        if (is_apparent_author(*field)) return true;
    return false;
}

/// Lower case, A-labels; empty: not one that can publish anything.
std::string domain_of(std::string_view address) {
    auto domain = text::to_a_labels(smtp::domain_of(address));
    return domain && dns::parse_name(*domain) ? *std::move(domain) : std::string();
}

/// Encoded words that cannot be read here go on as they are.
bool is_all_encoded(std::string_view phrase) {
    while (!phrase.empty()) {
        const auto end = std::min(phrase.find(' '), phrase.size());
        if (!mime::is_encoded_word(phrase.substr(0, end))) return false;
        phrase.remove_prefix(std::min(end + 1, phrase.size()));
    }
    return true;
}

std::string shortened(std::string_view name) { return std::string(text::utf8_prefix(name, longest_name)); }

std::string name_of_list(const List& list) {
    return shortened(list.description.empty() ? list.name : list.description);
}

/// " via Development <dev@l.example>", behind an encoded word: between two of them blanks are not seen (RFC 2047 §6.2).
std::string via_behind_encoded_word(const std::string& via, const List& list) {
    const auto text = mime::author_text({via.substr(1), address_of(list)});
    return ' ' + (text.starts_with("=?") ? mime::author_text({via, address_of(list)}) : text);
}

/// "Ann via Development <dev@l.example>"
std::string author_via(const mime::Mailbox& author, const List& list) {
    const auto via = " via " + name_of_list(list);
    const auto decoded = mime::decode_words(author.display_name);
    const bool is_foreign = !decoded.is_complete && is_all_encoded(author.display_name);
    if (is_foreign && author.display_name.size() <= 4 * longest_name)
        return author.display_name + via_behind_encoded_word(via, list);
    const bool has_name = decoded.is_complete && !text::trim(decoded.text).empty();
    const auto name = has_name ? decoded.text : author.addr_spec.substr(0, author.addr_spec.rfind('@'));
    return mime::author_text({shortened(text::trim(name)) + via, address_of(list)});
}

/// In the author's own words: an encoded one would be none in quotes.
std::string in_own_words(const mime::Mailbox& author) {
    const auto& name = author.display_name;
    if (name.size() > 4 * longest_name) return author.addr_spec;
    return !name.empty() && is_all_encoded(name) ? name + " <" + author.addr_spec + ">" : mime::to_text(author);
}

/// None: the one that is there stays.
std::optional<std::string> reply_to(std::string_view header, const std::vector<mime::Mailbox>& authors,
                                    const List& list) {
    auto [wanted, is_there, is_readable] = named_in(header, "Reply-To");
    if (is_there && (!is_readable || wanted.empty())) return std::nullopt;  // nobody knows who is meant, or nobody is
    const bool is_list_alone = std::ranges::all_of(
        wanted, [&](const auto& one) { return text::equal_ignoring_case(one.addr_spec, address_of(list)); });
    if (authors.empty() || !is_list_alone || authors.size() + wanted.size() > most_authors) return std::nullopt;
    std::ranges::copy(authors, std::back_inserter(wanted));
    std::string text;
    for (const auto& one : wanted) text += (text.empty() ? "" : ", ") + in_own_words(one);
    return text;
}

std::string original_field(const mime::Field& field) {
    std::string text = "X-Original-From:";
    text += field.value;
    return text += "\r\n";
}

}  // namespace

Protection::Protection(std::string_view header) {
    const auto from = named_in(header, "From");
    // In the wild: receivers that are less strict find an author there, and look for his domain's policy.
    if (!from.is_readable || has_apparent_author(header)) result_ = Result::Yes;
    for (const auto& author : from.mailboxes) {
        auto domain = domain_of(author.addr_spec);
        if (domain.empty() || std::ranges::find(domains_, domain) != domains_.end()) continue;
        if (domains_.size() == most_domains) result_ = Result::Yes;
        if (result_ == Result::Yes) break;
        domains_.push_back(std::move(domain));
    }
    proceed();
}

void Protection::answer(const dns::Answer& answer) {
    check_->answer(answer);
    proceed();
}

void Protection::proceed() {
    question_.reset();
    while (result_ != Result::Yes && (check_ || !domains_.empty())) {
        if (!check_)
            check_.emplace(dmarc::Evidence{.author_domain = domains_.back(), .spf_domain = {}, .dkim_domains = {}});
        question_ = check_->question();
        if (question_) return;
        const auto& report = check_->report();
        const bool is_certain = report.result != dmarc::Result::TempError || report.policy_domain == domains_.back();
        if (report.policy && *report.policy != dmarc::Policy::None)
            result_ = Result::Yes;
        else if (!is_certain)
            result_ = Result::Unknown;
        check_.reset();
        domains_.pop_back();
    }
}

void rewrite_author(std::string& message, const List& list) {
    const auto division = mime::divide(message);
    const auto header = std::string_view(message).substr(0, division.header);
    const auto authors = named_in(header, "From").mailboxes;
    const auto own =
        authors.empty() ? mime::author_text({name_of_list(list), address_of(list)}) : author_via(authors.front(), list);
    auto fields = mime::fold_field("From", own);
    const auto answers = reply_to(header, authors, list);
    if (answers) fields += mime::fold_field("Reply-To", *answers);
    std::string changed;
    mime::FieldScanner scanner(header);
    while (const auto field = scanner.next()) {
        if ((answers && field->is("Reply-To")) || is_apparent_author(*field)) continue;
        if (field->is("From")) {
            changed += std::exchange(fields, {});
            changed += original_field(*field);
        } else {
            changed += field->whole;
        }
    }
    // Not on top: what stands there may be the rest of a line.
    if (!fields.empty() && !changed.empty() && !changed.ends_with('\n')) changed += "\r\n";
    message.replace(0, division.header, changed + fields);
}

}  // namespace lists
