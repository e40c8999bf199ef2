#include "bayes/header_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "bayes/words.h"
#include "mime/decode.h"
#include "mime/header.h"
#include "text/ascii.h"

namespace bayes {
namespace {

constexpr std::size_t longest_value = 4096;
constexpr std::size_t most_fields = 200;
constexpr std::size_t most_addresses_seen = 20;
constexpr std::size_t longest_raw_word = 60;

/// Put on by servers and filters on the way, or by programs that keep mail. What they say is no property of the
/// message, and is not there yet, or not any more, when it is judged.
bool is_passing(std::string_view name) {
    constexpr std::string_view names[] = {"return-path",
                                          "delivered-to",
                                          "envelope-to",
                                          "x-original-to",
                                          "received-spf",
                                          "authentication-results",
                                          "status",
                                          "x-status",
                                          "x-uid",
                                          "x-uidl",
                                          "x-keywords",
                                          "x-imapbase",
                                          "content-length",
                                          "lines",
                                          "x-bogosity",
                                          "x-virus-scanned",
                                          "x-rspamd-server",
                                          "x-gmail-labels",
                                          "dkim-signature",
                                          "domainkey-signature",
                                          "x-pyzor",
                                          "x-evolution",
                                          "x-mozilla-status",
                                          "x-mozilla-status2",
                                          "x-mozilla-keys",
                                          "replied",
                                          "forwarded"};
    constexpr std::string_view beginnings[] = {"x-spam", "x-dspam", "arc-", "x-hermod", "x-rspamd", "x-crm114", "old-"};
    const auto lowered = text::lower(name);
    return std::ranges::find(names, lowered) != std::end(names) ||
           std::ranges::any_of(beginnings, [&](std::string_view begin) { return lowered.starts_with(begin); });
}

/// Letters as "a", digits as "1", each run once: "----=_NextPart_000_0012" is "-=_a_1_1".
std::string shape(std::string_view text) {
    std::string shape;
    for (const char c : text.substr(0, 80)) {
        const char kind = text::is_digit(c) ? '1' : text::is_letter(c) ? 'a' : c;
        if (shape.empty() || shape.back() != kind) shape += kind;
    }
    return shape;
}

void add_host(Collector& into, std::string_view prefix, std::string_view host) {
    const auto lowered = text::lower(host.substr(0, 255));
    into.add(prefix, lowered);
    const auto last = lowered.rfind('.');
    if (last == lowered.npos || last == 0) return;
    if (std::ranges::all_of(lowered, [](char c) { return text::is_digit(c) || c == '.'; })) {
        into.add(prefix, std::string_view(lowered).substr(0, last));  // /24
        if (const auto third = lowered.rfind('.', last - 1); third != lowered.npos)
            into.add(prefix, std::string_view(lowered).substr(0, third));
        return;
    }
    const auto before = lowered.rfind('.', last - 1);
    if (before != lowered.npos) into.add(prefix, std::string_view(lowered).substr(before + 1));
    into.add(prefix, std::string_view(lowered).substr(last));  // the top of it
}

void add_addresses(Collector& into, std::string_view prefix, std::string_view value) {
    add_text(into, prefix, value);
    std::size_t seen = 0;
    for (std::size_t at = value.find('@'); at != value.npos && seen < most_addresses_seen;
         at = value.find('@', at + 1), ++seen) {
        const auto is_part = [](char c) { return text::is_alphanumeric(c) || c == '.' || c == '-'; };
        auto end = at + 1;
        while (end < value.size() && end < at + 255 && is_part(value[end])) ++end;
        if (end > at + 1) add_host(into, fmt::format("{}:@", prefix), value.substr(at + 1, end - at - 1));
    }
    into.add(prefix, fmt::format("#{}", seen < 3 ? seen : seen < 8 ? 5 : 10));
}

/// Names and numbers of hosts: what has a dot in it and is made of what they are made of.
void add_received(Collector& into, std::string_view value) {
    const auto part = [](char c) { return text::is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; };
    for (std::size_t at = 0; at < value.size();) {
        if (!part(value[at])) {
            ++at;
            continue;
        }
        const auto begin = at;
        while (at < value.size() && part(value[at])) ++at;
        const auto word = value.substr(begin, at - begin);
        if (word.contains('.') && word.size() > 3 && !word.ends_with('.')) add_host(into, "received", word);
    }
    const auto lowered = text::lower(value);
    for (const std::string_view with :
         {"with http", "with smtp", "with esmtp", "with local", "helo ", "(unknown", "may be forged"})
        if (lowered.contains(with)) into.add("received", with);
}

void add_raw_words(Collector& into, std::string_view prefix, std::string_view value) {
    for (std::size_t at = 0; at < value.size();) {
        const auto begin = value.find_first_not_of(" \t\r\n;,", at);
        if (begin == value.npos) return;
        at = std::min(value.find_first_of(" \t\r\n;,", begin), value.size());
        if (at - begin <= longest_raw_word) into.add(prefix, value.substr(begin, at - begin));
    }
}

void add_type(Collector& into, std::string_view value) {
    for (std::size_t at = 0; at < value.size();) {
        const auto end = std::min(value.find(';', at), value.size());
        const auto parameter = text::lower(text::trim(value.substr(at, std::min<std::size_t>(end - at, 200))));
        at = end + 1;
        if (parameter.contains("boundary="))
            into.add("boundary", shape(std::string_view(parameter).substr(parameter.find('=') + 1)));
        else if (!parameter.empty() && parameter.size() <= longest_raw_word)
            into.add("type", parameter);
    }
}

void add_date(Collector& into, std::string_view value) {
    const auto zone = value.find_last_of("+-");
    into.add("date", zone == value.npos ? std::string("none") : std::string(value.substr(zone, 5)));
    into.add("date", shape(value));
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
}

void add_field(Collector& into, const std::string& name, std::string_view value) {
    constexpr auto of_addresses =
        std::to_array<std::string_view>({"from", "to", "cc", "reply-to", "sender", "errors-to"});
    constexpr auto of_texts = std::to_array<std::string_view>({"subject", "organization", "comments", "keywords"});
    constexpr auto of_ids = std::to_array<std::string_view>({"message-id", "in-reply-to", "references", "content-id"});
    if (name == "received") return add_received(into, value);
    if (name == "date") return add_date(into, value);
    if (name == "content-type") return add_type(into, value);
    if (is_one_of(name, of_addresses))
        return add_addresses(into, name, mime::decode_words(value, mime::Charsets::All).text);
    if (is_one_of(name, of_texts)) {
        const auto decoded = mime::decode_words(value, mime::Charsets::All);
        if (value.contains("=?")) into.add(name, "(encoded)");
        return add_text(into, name, decoded.text);
    }
    if (is_one_of(name, of_ids)) {
        const auto at = value.find('@');
        if (at != value.npos) add_host(into, name, value.substr(at + 1, value.find_first_of("> ", at) - at - 1));
        into.add(name, shape(value));
        return;
    }
    add_raw_words(into, name, value);
}

}  // namespace

bool identifies(std::string_view name) {
    return text::equal_ignoring_case(name, "message-id") || text::equal_ignoring_case(name, "date") ||
           text::equal_ignoring_case(name, "from");
}

void add_text(Collector& into, std::string_view prefix, std::string_view text) {
    Token before = 0;
    split(text, [&](const Word& word) {
        const auto token = into.add(prefix, word.text);
        if (word.is_shouted) into.add(prefix, "(capitals) " + word.text);
        if (before != 0 && word.follows) into.add_pair(before, token);
        before = token;
    });
}

void add_link(Collector& into, std::string_view link) {
    const auto scheme = link.find("://");
    if (scheme == link.npos || scheme > 10) {
        if (text::starts_with_ignoring_case(link, "mailto:")) add_text(into, "mailto", link.substr(7));
        if (text::starts_with_ignoring_case(link, "cid:")) into.add("url", "cid");
        return;
    }
    link.remove_prefix(scheme + 3);
    const auto end = std::min(link.find_first_of("/?#"), link.size());
    auto authority = link.substr(0, end);
    if (const auto user = authority.rfind('@'); user != authority.npos) {
        into.add("url", "(user)");
        authority.remove_prefix(user + 1);
    }
    if (const auto port = authority.find(':'); port != authority.npos) {
        into.add("url", "(port)");
        authority = authority.substr(0, port);
    }
    if (authority.contains('%')) into.add("url", "(encoded)");
    if (authority.empty()) return;
    if (std::ranges::all_of(authority, [](char c) { return text::is_digit(c) || c == '.'; }))
        into.add("url", "(number)");
    add_host(into, "url", authority);
    split(link.substr(end), [&](const Word& word) { into.add("url", word.text); });
}

void add_header(Collector& into, std::string_view header) {
    mime::FieldScanner fields(header);
    for (std::size_t i = 0; i < most_fields; ++i) {
        const auto field = fields.next();
        if (!field) return;
        if (field->name.empty() || field->name.size() > longest_raw_word || is_passing(field->name)) continue;
        const auto name = text::lower(field->name);
        into.add("has", name);
        add_field(into, name, mime::unfold(field->value.substr(0, longest_value)));
    }
}

}  // namespace bayes
