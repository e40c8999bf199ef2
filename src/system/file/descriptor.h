#pragma once
// An open file descriptor with one owner.

#include <unistd.h>

#include <utility>

namespace file {

class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        if (this != &other) {
            close();
            number_ = std::exchange(other.number_, -1);
        }
        return *this;
    }
    ~Descriptor() { close(); }

    int get() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    int release() { return std::exchange(number_, -1); }
    void close() {
        if (number_ >= 0) ::close(std::exchange(number_, -1));
    }

    /// Two descriptors are equal only in the sense that both or neither is open: they travel as fields of messages,
    /// whose other fields are compared by value.
    bool operator==(const Descriptor& other) const { return bool(*this) == bool(other); }

private:
    int number_ = -1;
};

}  // namespace file
