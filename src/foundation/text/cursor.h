#pragma once
// Reading text from left to right. Every parser in protocol/ walks its input with a Cursor;
// nothing else in a parser holds an index, so there is one place where bounds can be wrong.

#include <cstddef>
#include <string_view>

namespace text {

class Cursor {
public:
    explicit Cursor(std::string_view input) : rest_(input), size_(input.size()) {}

    bool at_end() const { return rest_.empty(); }
    std::size_t offset() const { return size_ - rest_.size(); }
    std::string_view rest() const { return rest_; }
    char peek() const { return rest_.empty() ? '\0' : rest_.front(); }  // '\0' at the end

    bool take(char expected);
    bool take_word(std::string_view word);            // ignoring ASCII case: RFC 5234 §2.3
    std::string_view take_bytes(std::size_t length);  // fewer where fewer are left

    template <typename Predicate>
    std::string_view take_while(Predicate accepts) {
        std::size_t length = 0;
        while (length < rest_.size() && accepts(rest_[length])) ++length;
        return take_bytes(length);
    }

private:
    std::string_view rest_;
    std::size_t size_;
};

}  // namespace text
