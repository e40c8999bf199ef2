#pragma once
// What a book says of a name: an entry, that there is none, or that it cannot say now.

#include <optional>
#include <utility>

namespace addressing {

/// Either the book's own, which lives as long as the book does, or read for this asker, who then has it.
template <typename T>
class Entry {
public:
    Entry(const T* kept) : kept_(kept) {}  // nullptr: there is none
    Entry(T read) : read_(std::move(read)) {}
    static Entry unknown() {
        Entry entry(nullptr);
        entry.is_unknown_ = true;
        return entry;
    }

    /// Whether there is one. Where that is_unknown(), nobody may be told that there is none.
    explicit operator bool() const { return get() != nullptr; }
    bool is_unknown() const { return is_unknown_; }
    const T& operator*() const { return *get(); }
    const T* operator->() const { return get(); }
    const T* get() const { return read_ ? &*read_ : kept_; }

private:
    std::optional<T> read_;
    const T* kept_ = nullptr;
    bool is_unknown_ = false;
};

}  // namespace addressing
