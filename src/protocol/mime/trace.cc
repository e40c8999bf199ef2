#include "mime/trace.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/ascii.h"
#include "text/utf8.h"

namespace mime {
namespace {

constexpr std::size_t longest_line = 78;    // RFC 5322 §2.1.1
constexpr std::size_t longest_word = 255;   // of what a stranger chose
constexpr std::size_t longest_comment = 100;

template <typename Predicate>
std::string only(std::string_view outside, Predicate is_allowed, std::size_t most) {
    std::string safe(outside.substr(0, most));
    std::ranges::replace_if(safe, [&](char c) { return !is_allowed(c); }, '?');
    return safe;
}

// A host name, an address literal, an identifier: one word that ends no clause.
std::string safe_word(std::string_view outside) {
    return only(outside, [](char c) {
        return text::is_graphic(c) && std::string_view("()<>;,\\\"").find(c) == std::string_view::npos;
    }, longest_word);
}

std::string safe_comment(std::string_view outside) {
    return only(outside, [](char c) {
        return text::is_printable(c) && std::string_view("()\\").find(c) == std::string_view::npos;
    }, longest_comment);
}

// Inside quotes a local part may have nearly anything; outside of them only atoms, dots and a literal.
bool is_path_octet(char c, bool is_quoted) {
    if (text::is_control(c)) return false;
    if (is_quoted || text::is_8bit(c)) return true;
    return text::is_graphic(c) && std::string_view("()<>;,\\").find(c) == std::string_view::npos;
}

std::string safe_path(std::string_view path) {
    std::string safe;
    bool is_quoted = false;
    bool is_escaped = false;
    for (char c : path) {
        if (c == '"' && !is_escaped) is_quoted = !is_quoted;
        safe += is_path_octet(c, is_quoted) ? c : '?';
        is_escaped = is_quoted && c == '\\' && !is_escaped;
    }
    if (is_quoted) return safe_word(path);
    return text::is_utf8(safe) ? safe : only(safe, text::is_printable, safe.size());
}

std::string from_clause(const Received& received) {
    const std::string helo = received.helo.empty() ? "unknown" : safe_word(received.helo);
    if (!received.client) return "from " + helo;
    const std::string name = received.client_name.empty() ? "unknown" : safe_word(received.client_name);
    return fmt::format("from {} ({} {})", helo, name, ip::address_literal(*received.client));
}

std::string by_clause(const Received& received) {
    std::string clause = "by " + safe_word(received.by);
    clause += received.local_user.empty() ? " (Hermod)" : " (Hermod, from " + safe_comment(received.local_user) + ")";
    return clause;
}

std::string optional_clause(std::string_view word, const std::string& value) {
    return value.empty() ? "" : fmt::format(" {} {}", word, value);
}

struct FoldedLine {
    std::string out;
    std::size_t start = 0;  // of the current line

    // A piece with the blanks before it; the line end goes before the last of these, which stays.
    void add(std::string_view blanks, std::string_view word) {
        if (!blanks.empty() && out.size() - start + blanks.size() + word.size() > longest_line && out.size() > start) {
            out += blanks.substr(0, blanks.size() - 1);
            out += "\r\n";
            start = out.size();
            blanks = blanks.substr(blanks.size() - 1);
        }
        out += blanks;
        out += word;
    }
};

}  // namespace

std::string fold_field(std::string_view name, std::string_view value) {
    FoldedLine line{std::string(name) + ':', 0};
    const auto clean = only(value, [](char c) { return !text::is_control(c) || c == '\t'; }, value.size());
    std::string_view rest = text::trim(clean);
    for (bool is_first = true; !rest.empty(); is_first = false) {
        const auto word_at = std::min(rest.find_first_not_of(" \t"), rest.size());
        const auto word_end = std::min(rest.find_first_of(" \t", word_at), rest.size());
        const auto word = rest.substr(word_at, word_end - word_at);
        if (is_first) line.out += ' ' + std::string(word);  // the first line must not be empty (§3.2.2)
        else line.add(rest.substr(0, word_at), word);
        rest.remove_prefix(word_end);
    }
    return std::move(line.out) + "\r\n";
}

// time-stamp-line          RFC 5321 §4.4
std::string received_field(const Received& received) {
    std::string value;
    if (received.local_user.empty() || !received.helo.empty()) value = from_clause(received) + ' ';
    value += by_clause(received);
    value += optional_clause("with", safe_word(received.with));
    if (!received.tls.empty()) value += " (" + safe_comment(received.tls) + ')';
    value += optional_clause("id", safe_word(received.id));
    if (!received.recipient.empty()) value += " for <" + safe_path(received.recipient) + '>';
    return fold_field("Received", value + "; " + to_text(received.date));
}

std::string return_path_field(std::string_view reverse_path) {
    return "Return-Path: <" + safe_path(reverse_path) + ">\r\n";
}

std::string delivered_to_field(std::string_view address) {
    return "Delivered-To: " + only(address, [](char c) { return !text::is_control(c); }, address.size()) + "\r\n";
}

}  // namespace mime
