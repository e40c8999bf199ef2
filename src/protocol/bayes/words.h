#pragma once
// Text in words, as readers of its script see them.

#include <functional>
#include <string>
#include <string_view>

namespace bayes {

struct Word {
    std::string text;         // lower case
    bool is_shouted = false;  // "FREE": capitals alone, four at least
    bool follows = true;      // the word before it directly: nothing but blanks between them
};

/// UTF-8; octets that are none are read as windows-1252 would. Words longer than longest_word are told as "~" and how
/// long they are, and pieces of them where "." or "-" divides them. Invisible characters are passed over.
void split(std::string_view text, const std::function<void(const Word&)>& take);

constexpr std::size_t longest_word = 40;  // octets

/// A letter, digit or other sign of a word.
bool is_word_character(std::uint32_t code);
/// Of a script whose words are not divided by blanks: Han, Kana, Hangul, Thai and their like.
bool is_dense(std::uint32_t code);
std::uint32_t lower(std::uint32_t code);

}  // namespace bayes
