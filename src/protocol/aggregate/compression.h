#pragma once
// How reports travel: GZIP (RFC 1952, RFC 9990 §3.5.2); in the wild also ZIP, and plain.
//
//   Unpacking unpacking(octets);
//   while (true) { auto piece = unpacking.next(); if (!piece || piece->empty()) break; use(*piece); }
//
// Hostile: a few octets may stand for gigabytes. Pieces are small, and there is an end to them.

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace aggregate {

constexpr std::uint64_t most_unpacked = 32 * 1024 * 1024;
constexpr std::size_t piece_size = 64 * 1024;

std::string to_gzip(std::string_view octets);

enum class PackingError : std::uint8_t { Unknown, Encrypted, Damaged, TooLong };
std::string_view describe(PackingError error);

class Unpacking {
public:
    /// Which must live as long.
    explicit Unpacking(std::string_view octets, std::uint64_t most = most_unpacked);
    explicit Unpacking(std::string&& gone, std::uint64_t most = most_unpacked) = delete;
    ~Unpacking();
    Unpacking(const Unpacking&) = delete;
    Unpacking& operator=(const Unpacking&) = delete;

    /// Up to piece_size octets; none: that was all. Of a ZIP archive the first file, and no other.
    std::expected<std::string, PackingError> next();

private:
    struct Inflating;
    std::expected<void, PackingError> begin_zip();
    void begin_inflating(int window_bits);

    std::string_view rest_;  // of what is not packed
    std::unique_ptr<Inflating> inflating_;
    std::uint64_t room_;
    std::expected<void, PackingError> state_;
};

}  // namespace aggregate
