#pragma once
// What a message says, as the filter that learns sees it: a set of tokens, each a number. Words of the text and of the
// header, pairs of neighbouring words, hosts that links lead to, and what a message is made of.
//
// Text is what a reader sees: transfer encodings and charsets undone (mime/charset.h), HTML taken off with what is
// hidden in it. A field of the header gives its words under its name, so that "free" in a subject is not "free" in a
// text. What servers and filters on the way write is left out: a message is the same before it came and in a folder
// later. Words of any language: letters in runs, in lower case; where a script has no blanks, pairs of characters.
//
// Hostile: every octet is. Only the first longest_looked_at octets are looked at, tokens have a most, nothing nests by
// recursion, and time is linear in what is looked at. The same octets give the same tokens everywhere and for ever:
// they are kept on disk by their number.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bayes {

using Token = std::uint64_t;

constexpr std::size_t longest_looked_at = 512 * 1024;
constexpr std::size_t most_tokens = 30'000;

enum class Texts : std::uint8_t { Dropped, Kept };

struct Tokens {
    std::vector<Token> tokens;           // in order of their numbers, each once
    std::map<Token, std::string> texts;  // where they are kept: "subject:free", "url:example.com", "click here"
    std::uint64_t identity = 0;          // of the message, wherever it is kept and whatever was put on top of it
};

Tokens tokens_of(std::string_view message, Texts texts = Texts::Dropped);

}  // namespace bayes
