#pragma once
// Numbers and texts as the journal and the checkpoint write them: little-endian, texts with their length in front.
// doc/format/journal.md names the fields in order.

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace spool {

static_assert(std::endian::native == std::endian::little);

class Writer {
public:
    explicit Writer(std::string& out) : out_(out) {}

    template <std::integral T>
    void put(T number) {
        char octets[sizeof(T)];
        std::memcpy(octets, &number, sizeof(T));
        out_.append(octets, sizeof(T));
    }
    /// Seven bits an octet, lowest first.
    void put_varint(std::uint64_t number) {
        for (; number >= 0x80; number >>= 7) out_.push_back(static_cast<char>(number | 0x80));
        out_.push_back(static_cast<char>(number));
    }
    void put_text(std::string_view text) {
        put_varint(text.size());
        out_ += text;
    }

private:
    std::string& out_;
};

/// Hostile: what is read may be anything. After the first thing that does not fit everything reads as zero, and ok() is
/// false; nothing is allocated for a length before that many octets were seen.
class Reader {
public:
    explicit Reader(std::string_view in) : rest_(in) {}

    bool ok() const { return ok_; }
    bool at_end() const { return rest_.empty(); }
    std::size_t left() const { return rest_.size(); }
    void fail() {
        ok_ = false;
        rest_ = {};
    }

    template <std::integral T>
    T take() {
        std::string_view octets = take_octets(sizeof(T));
        T number{};
        if (ok_) std::memcpy(&number, octets.data(), sizeof(T));
        return number;
    }
    std::uint64_t take_varint() {
        std::uint64_t number = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            auto octet = take<std::uint8_t>();
            if (shift == 63 && octet > 1) break;
            number |= std::uint64_t(octet & 0x7f) << shift;
            if (octet < 0x80) return number;
        }
        fail();
        return 0;
    }
    template <std::unsigned_integral T>
    T take_varint_as() {
        std::uint64_t number = take_varint();
        if (number > T(-1)) fail();
        return ok_ ? static_cast<T>(number) : T{};
    }
    std::string_view take_text() { return take_octets(take_varint()); }
    std::string_view take_octets(std::uint64_t length) {
        if (length > rest_.size()) {
            fail();
            return {};
        }
        auto octets = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return octets;
    }

private:
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace spool
