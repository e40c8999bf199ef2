#pragma once
// Tokens as they are found. Their numbers are made of their texts alone.
//
// A number is no secret and needs no key: whoever finds a word with the number of another one has gained what writing
// that other word would have given him.

#include <cstdint>
#include <string>
#include <string_view>

#include "bayes/tokens.h"

namespace bayes {

/// FNV-1a, and murmur3's last step, which spreads it over all bits.
class Number {
public:
    Number& add(std::string_view octets) {
        for (const char octet : octets) add(static_cast<unsigned char>(octet));
        return *this;
    }
    Number& add(unsigned char octet) {
        state_ = (state_ ^ octet) * 0x100'0000'01b3;
        return *this;
    }
    std::uint64_t value() const {
        std::uint64_t value = state_;
        value = (value ^ value >> 33) * 0xff51'afd7'ed55'8ccd;
        value = (value ^ value >> 33) * 0xc4ce'b9fe'1a85'ec53;
        return value ^ value >> 33;
    }

private:
    std::uint64_t state_ = 0xcbf2'9ce4'8422'2325;
};

class Collector {
public:
    explicit Collector(Texts texts) : keeps_(texts == Texts::Kept) {}

    /// "prefix:word"
    Token add(std::string_view prefix, std::string_view word) {
        const auto token = Number().add(prefix).add(':').add(word).value();
        if (keep(token)) keep_text(token, prefix, word);
        return token;
    }
    /// Of two that were added, in this order.
    void add_pair(Token first, Token second) {
        const auto token = Number().add(octets(first)).add(octets(second)).value();
        if (keep(token)) keep_pair(token, first, second);
    }
    bool is_full() const { return added_ >= 3 * most_tokens; }

    /// All of them.
    void finish(Tokens& into);

private:
    static std::string_view octets(const Token& token) { return {reinterpret_cast<const char*>(&token), sizeof token}; }
    /// True: its text is wanted too.
    bool keep(Token token);
    void keep_text(Token token, std::string_view prefix, std::string_view word);
    void keep_pair(Token token, Token first, Token second);

    bool keeps_;
    std::size_t added_ = 0;
    std::vector<Token> tokens_;
    std::map<Token, std::string> texts_;
};

}  // namespace bayes
