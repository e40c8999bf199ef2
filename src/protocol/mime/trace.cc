#include "mime/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "text/ascii.h"
#include "text/utf8.h"

namespace mime {
namespace {

constexpr std::size_t longest_line = 78;   // RFC 5322 §2.1.1
constexpr std::size_t longest_word = 255;  // of what a stranger chose
constexpr std::size_t longest_comment = 100;

template <typename Predicate>
std::string only(std::string_view outside, Predicate is_allowed, std::size_t most) {
    std::string safe(outside.substr(0, most));
    std::ranges::replace_if(safe, [&](char c) { return !is_allowed(c); }, '?');
    return safe;
}

// A host name, an address literal, an identifier: one word that ends no clause.
std::string safe_word(std::string_view outside) {
    return only(
        outside,
        [](char c) { return text::is_graphic(c) && std::string_view("()<>;,\\\"").find(c) == std::string_view::npos; },
        longest_word);
}

std::string safe_comment(std::string_view outside) {
    return only(
        outside,
        [](char c) { return text::is_printable(c) && std::string_view("()\\").find(c) == std::string_view::npos; },
        longest_comment);
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

/// A piece of a field that stays on one line, with the blanks before it.
struct Piece {
    std::string blanks;
    std::string text;
};

// The line end goes before the last blank, which stays; the first line must not be empty (RFC 5322 §3.2.2).
std::string fold(std::string_view name, const std::vector<Piece>& pieces) {
    std::string out = std::string(name) + ':';
    std::size_t line_start = 0;
    bool is_first = true;
    for (const auto& [blanks, text] : pieces) {
        const bool fits = out.size() - line_start + blanks.size() + text.size() <= longest_line;
        if (fits || is_first) {
            out += blanks + text;
        } else {
            out += blanks.substr(0, blanks.size() - 1) + "\r\n";
            line_start = out.size();
            out += blanks.back() + text;
        }
        is_first = false;
    }
    return out + "\r\n";
}

void add_from(std::vector<Piece>& clauses, const Received& received) {
    clauses.push_back({" ", "from " + (received.helo.empty() ? "unknown" : safe_word(received.helo))});
    if (!received.client) return;
    const auto name = received.client_name.empty() ? "unknown" : safe_word(received.client_name);
    clauses.push_back({" ", fmt::format("({} {})", name, ip::address_literal(*received.client))});
}

void add_by(std::vector<Piece>& clauses, const Received& received) {
    clauses.push_back({" ", "by " + safe_word(received.by)});
    const auto user = received.local_user.empty() ? "" : ", from " + safe_comment(received.local_user);
    clauses.push_back({" ", "(Hermod" + user + ")"});
    if (!received.with.empty()) clauses.push_back({" ", "with " + safe_word(received.with)});
    if (!received.tls.empty()) clauses.push_back({" ", "(" + safe_comment(received.tls) + ")"});
    if (!received.id.empty()) clauses.push_back({" ", "id " + safe_word(received.id)});
    if (!received.recipient.empty()) clauses.push_back({" ", "for <" + safe_path(received.recipient) + ">"});
}

}  // namespace

std::string fold_field(std::string_view name, std::string_view value) {
    const auto clean = only(value, [](char c) { return !text::is_control(c) || c == '\t'; }, value.size());
    std::vector<Piece> pieces;
    for (auto rest = text::trim(clean); !rest.empty();) {
        const auto word_at = std::min(rest.find_first_not_of(" \t"), rest.size());
        const auto word_end = std::min(rest.find_first_of(" \t", word_at), rest.size());
        const auto blanks = pieces.empty() ? " " : rest.substr(0, word_at);
        pieces.push_back({std::string(blanks), std::string(rest.substr(word_at, word_end - word_at))});
        rest.remove_prefix(word_end);
    }
    return fold(name, pieces);
}

// time-stamp-line          RFC 5321 §4.4
std::string received_field(const Received& received) {
    std::vector<Piece> clauses;
    if (received.local_user.empty() || !received.helo.empty()) add_from(clauses, received);
    add_by(clauses, received);
    clauses.back().text += ';';
    clauses.push_back({" ", to_text(received.date)});
    return fold("Received", clauses);
}

std::string return_path_field(std::string_view reverse_path) {
    return "Return-Path: <" + safe_path(reverse_path) + ">\r\n";
}

std::string delivered_to_field(std::string_view address) {
    return "Delivered-To: " + only(address, [](char c) { return !text::is_control(c); }, address.size()) + "\r\n";
}

}  // namespace mime
