#include "bayes/words.h"

#include <fmt/format.h>

#include <cstdint>

#include "mime/charset.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace bayes {
namespace {

struct Character {
    std::uint32_t code = 0;
    std::size_t length = 1;
};

Character character_at(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return {first, 1};
    const auto length = text::utf8_character_length(text);
    if (length < 2) return {first, 1};
    std::uint32_t code = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
    // Hostile: letters of full width, and those of mathematics, are read as letters like others.
    if (code >= 0xff01 && code <= 0xff5e) code -= 0xfee0;
    if (code >= 0x1'd400 && code <= 0x1'd6a3)
        code = (code - 0x1'd400) % 52 < 26 ? 'A' + (code - 0x1'd400) % 26 : 'a' + (code - 0x1'd400) % 26;
    return {code, length};
}

bool is_invisible(std::uint32_t code) {
    return code == 0xad || code == 0x34f || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe'0000 && code <= 0xe'0fff);
}

/// Within a word where another sign of it follows: "don't", "e-mail", "example.com", "1,000".
bool joins(std::uint32_t code) {
    return code == '\'' || code == '-' || code == '.' || code == ',' || code == '_' || code == '@' || code == 0x2019;
}

class Splitter {
public:
    explicit Splitter(const std::function<void(const Word&)>& take) : take_(take) {}

    void run(std::string_view text) {
        while (!text.empty()) {
            const auto [code, length] = character_at(text);
            text.remove_prefix(length);
            add(code);
        }
        end();
    }

private:
    void add(std::uint32_t code) {
        if (is_invisible(code)) return;
        if (is_dense(code)) return add_dense(code);
        before_ = 0;
        if (is_word_character(code)) {
            if (joiner_ != 0) {
                append(joiner_);
                joiner_ = 0;
            }
            is_capital_ = is_capital_ && code >= 'A' && code <= 'Z';
            append(lower(code));
        } else if (joins(code) && joiner_ == 0 && !word_.text.empty()) {
            joiner_ = code;
        } else {
            // "free!!" is another word than "free", and so is what follows another.
            const bool cries = code == '!' && !word_.text.empty();
            if (cries) word_.text += '!';
            end();
            if (code > ' ') follows_ = cries;
        }
    }

    // Each pair of neighbours is a word.
    void add_dense(std::uint32_t code) {
        end();
        if (before_ != 0) {
            append(before_);
            append(code);
            end();
        }
        before_ = code;
    }

    void append(std::uint32_t code) {
        if (code == 0x2019) code = '\'';
        ++length_;
        if (code == '.' || code == '-' || code == '_' || code == '@') divided_ = true;
        // Beyond four times that nobody looks at it.
        if (word_.text.size() < 4 * longest_word) mime::append_utf8(word_.text, code);
    }

    void end() {
        const bool ended_by_sign = joiner_ != 0;
        joiner_ = 0;
        if (!word_.text.empty()) {
            word_.is_shouted = is_capital_ && length_ >= 4;
            word_.follows = follows_;
            if (word_.text.size() > longest_word)
                tell_long();
            else
                take_(word_);
            follows_ = true;
        }
        if (ended_by_sign) follows_ = false;
        word_ = {};
        length_ = 0;
        is_capital_ = true;
        divided_ = false;
    }

    void tell_long() {
        const auto whole = std::move(word_.text);
        take_({.text = fmt::format("~{}", length_ / 10), .is_shouted = false, .follows = follows_});
        for (std::size_t at = 0; divided_ && at < whole.size();) {
            const auto end = std::min(whole.find_first_of(".-_@", at), whole.size());
            if (end > at && end - at <= longest_word)
                take_({.text = whole.substr(at, end - at), .is_shouted = false, .follows = false});
            at = end + 1;
        }
    }

    const std::function<void(const Word&)>& take_;
    Word word_;
    std::size_t length_ = 0;
    bool is_capital_ = true;
    bool divided_ = false;
    bool follows_ = false;
    std::uint32_t joiner_ = 0;
    std::uint32_t before_ = 0;  // of a dense script
};

}  // namespace

void split(std::string_view text, const std::function<void(const Word&)>& take) { Splitter(take).run(text); }

bool is_word_character(std::uint32_t code) {
    if (code < 0x80) return text::is_alphanumeric(static_cast<char>(code)) || code == '$' || code == '%';
    if (code < 0xc0) return code == 0xaa || code == 0xb5 || code == 0xba || code == 0xa3;  // the pound too
    if (code == 0xd7 || code == 0xf7) return false;
    if (code >= 0x2000 && code <= 0x206f) return false;
    if (code == 0x20ac) return true;
    if (code >= 0x2190 && code <= 0x2bff) return false;  // arrows, boxes, dingbats
    return !(code >= 0x3000 && code <= 0x303f) && code != 0xfffd;
}

bool is_dense(std::uint32_t code) {
    return (code >= 0x0e00 && code <= 0x0eff) || (code >= 0x1780 && code <= 0x17ff) ||
           (code >= 0x3040 && code <= 0x30ff) || (code >= 0x3400 && code <= 0x9fff) ||
           (code >= 0xac00 && code <= 0xd7af) || (code >= 0xf900 && code <= 0xfaff) ||
           (code >= 0x2'0000 && code <= 0x3'ffff) || code >= 0x10'0000;  // the last: see charset.h
}

std::uint32_t lower(std::uint32_t code) {
    if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
    if (code >= 0xc0 && code <= 0xde) return code + 32;
    if (code >= 0x100 && code <= 0x177)
        return code == 0x130 ? 'i' : (code & 1) == (code >= 0x139 && code <= 0x148) ? code + 1 : code;
    if (code >= 0x391 && code <= 0x3a9) return code + 32;
    if (code >= 0x410 && code <= 0x42f) return code + 32;
    if (code >= 0x400 && code <= 0x40f) return code + 80;
    return code;
}

}  // namespace bayes
