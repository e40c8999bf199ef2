#include "bayes/tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "bayes/charset.h"
#include "bayes/collector.h"
#include "bayes/header_tokens.h"
#include "bayes/html.h"
#include "mime/header.h"
#include "mime/parts.h"
#include "mime/transfer.h"
#include "text/ascii.h"

namespace bayes {
namespace {

constexpr std::size_t longest_text = 256 * 1024;  // of all parts, decoded
constexpr std::size_t most_plain_links = 200;
constexpr std::size_t longest_link = 300;

class Reader {
public:
    explicit Reader(Texts texts) : into_(texts) {}

    void take(const mime::Part& part) {
        add_header(into_, part.header);
        if (!part.is_first) into_.add("part", part.type);
        if (!part.file_name.empty()) add_file_name(part.file_name);
        if (part.type.starts_with("text/"))
            add_body(part);
        else if (!part.type.starts_with("multipart/"))
            into_.add("part", fmt::format("{} {}", part.type, part.encoding.substr(0, 20)));
    }
    void finish(Tokens& tokens) { into_.finish(tokens); }

private:
    void add_file_name(std::string_view name) {
        const auto dot = name.rfind('.');
        if (dot != name.npos && name.size() - dot <= 10) into_.add("file", text::lower(name.substr(dot)));
    }

    void add_body(const mime::Part& part) {
        const auto room = longest_text - std::min(longest_text, read_);
        auto octets = mime::decode_transfer(part.body, part.encoding, room);
        read_ += octets.size();
        if (!part.encoding.empty()) into_.add("transfer", part.encoding.substr(0, 20));
        const bool is_page = part.type == "text/html" || begins_like_page(octets);
        if (!is_page) {
            const auto text = decode_charset(std::move(octets), part.charset);
            add_text(into_, "", text);
            return add_links(text);
        }
        const auto page = read_html(octets);
        for (const auto& mark : page.marks) into_.add("html", mark);
        for (const auto& link : page.links) add_link(into_, link);
        const auto text = decode_charset(page.text, part.charset);
        add_text(into_, "", text);
        add_links(text);
    }

    // In the wild: pages that are said to be plain text, which some programs show as pages all the same.
    static bool begins_like_page(std::string_view text) {
        const auto begin = text.find_first_not_of(" \t\r\n");
        if (begin == text.npos) return false;
        text.remove_prefix(begin);
        return text::starts_with_ignoring_case(text, "<html") ||
               text::starts_with_ignoring_case(text, "<!doctype html");
    }

    void add_links(std::string_view text) {
        for (std::size_t at = text.find("://"); at != text.npos && links_ < most_plain_links;
             at = text.find("://", at + 3)) {
            auto begin = at;
            while (begin > 0 && at - begin < 6 && text::is_letter(text[begin - 1])) --begin;
            const auto link = text.substr(begin, longest_link);
            add_link(into_, link.substr(0, link.find_first_of(" \t\r\n<>\"'()")));
            ++links_;
        }
    }

    Collector into_;
    std::size_t read_ = 0;
    std::size_t links_ = 0;
};

/// What stays as it is on the way into any kind of folder: some fields, and the text without its line ends, blanks and
/// the ">" that mboxes put before "From ".
std::uint64_t identity_of(std::string_view message) {
    const auto division = mime::divide(message);
    Number number;
    mime::FieldScanner fields(message.substr(0, division.header));
    while (const auto field = fields.next())
        if (identifies(field->name)) number.add(mime::unfold(field->value)).add('\n');
    for (const char octet : message.substr(division.body))
        if (octet != '\r' && octet != '\n' && octet != ' ' && octet != '>')
            number.add(static_cast<unsigned char>(octet));
    return number.value();
}

}  // namespace

Tokens tokens_of(std::string_view message, Texts texts) {
    message = message.substr(0, longest_looked_at);
    Reader reader(texts);
    mime::for_each_part(message, [&](const mime::Part& part) { reader.take(part); });
    Tokens tokens;
    reader.finish(tokens);
    tokens.identity = identity_of(message);
    return tokens;
}

}  // namespace bayes
