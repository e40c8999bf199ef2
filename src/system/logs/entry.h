#pragma once
// One event with its keys, as call sites write it and as formatters read it.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "clocks/clock.h"
#include "logs/events.h"

namespace logs {

/// One key of an event with its value: text, a number or a truth. Lives as long as the statement it stands in.
struct Field {
    enum class Kind : std::uint8_t { Text, Number, Truth };

    /// "due" is a time, in milliseconds since 1970, and written as one.
    bool is_time() const { return kind == Kind::Number && key == "due"; }

    Field(std::string_view key_, std::string_view text_) : key(key_), text(text_), kind(Kind::Text) {}
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    Field(std::string_view key_, T number_)
        : key(key_), number(static_cast<std::int64_t>(number_)), kind(Kind::Number) {}
    template <std::same_as<bool> T>
    Field(std::string_view key_, T truth_) : key(key_), number(truth_), kind(Kind::Truth) {}

    std::string_view key;
    std::string_view text;
    std::int64_t number = 0;
    Kind kind;
};
using Fields = std::initializer_list<Field>;

struct Entry {
    Event event;
    std::uint64_t id = 0;  // queue id; 0: not about a message
    std::span<const Field> fields;
    clocks::Wall time;

    const Field* find(std::string_view key) const {
        for (const Field& field : fields)
            if (field.key == key) return &field;
        return nullptr;
    }
    /// Empty where it is missing or not text.
    std::string_view text(std::string_view key) const {
        const Field* field = find(key);
        return field ? field->text : std::string_view();
    }
    /// 0 where it is missing or not a number.
    std::int64_t number(std::string_view key) const {
        const Field* field = find(key);
        return field ? field->number : 0;
    }
};

}  // namespace logs
