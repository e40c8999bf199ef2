#include "aggregate/compression.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "lang/try.h"
#include "lang/verify.h"

namespace aggregate {
namespace {

constexpr int gzip_window = 15 + 16;
constexpr int raw_window = -15;  // as in ZIP: no frame of its own

Bytef* octets_of(const char* text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text)); }

std::uint32_t number_at(std::string_view text, std::size_t at, std::size_t octets) {
    std::uint32_t number = 0;
    for (std::size_t i = octets; i > 0; --i) number = number << 8 | static_cast<unsigned char>(text[at + i - 1]);
    return number;
}

bool looks_like_xml(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    const auto first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '<';
}

}  // namespace

struct Unpacking::Inflating {
    z_stream stream{};
    bool is_over = false;
    ~Inflating() { ::inflateEnd(&stream); }
};

std::string to_gzip(std::string_view octets) {
    z_stream stream{};
    VERIFY(::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, /*memLevel=*/8, Z_DEFAULT_STRATEGY) ==
           Z_OK);
    std::string packed(::deflateBound(&stream, octets.size()), '\0');
    stream.next_in = octets_of(octets.data());
    stream.avail_in = static_cast<uInt>(octets.size());
    stream.next_out = octets_of(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    VERIFY(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(stream.total_out);
    ::deflateEnd(&stream);
    return packed;
}

std::string_view describe(PackingError error) {
    switch (error) {
        case PackingError::Unknown: return "it is neither GZIP nor ZIP nor XML";
        case PackingError::Encrypted: return "it is encrypted";
        case PackingError::Damaged: return "it cannot be unpacked";
        case PackingError::TooLong: return "it is too long";
    }
    return "";
}

Unpacking::Unpacking(std::string_view octets, std::uint64_t most) : rest_(octets), room_(most) {
    if (octets.starts_with("\x1f\x8b"))
        begin_inflating(gzip_window);
    else if (octets.starts_with("PK\x03\x04"))
        state_ = begin_zip();
    else if (!looks_like_xml(octets))
        state_ = std::unexpected(PackingError::Unknown);
}

Unpacking::~Unpacking() = default;

void Unpacking::begin_inflating(int window_bits) {
    inflating_ = std::make_unique<Inflating>();
    auto& stream = inflating_->stream;
    stream.next_in = octets_of(rest_.data());
    stream.avail_in = static_cast<uInt>(std::min<std::size_t>(rest_.size(), std::numeric_limits<uInt>::max()));
    VERIFY(::inflateInit2(&stream, window_bits) == Z_OK);
}

/// The local header in front of the first file, APPNOTE.TXT §4.3.7.
std::expected<void, PackingError> Unpacking::begin_zip() {
    constexpr std::size_t header = 30;
    if (rest_.size() < header) return std::unexpected(PackingError::Damaged);
    const auto flags = number_at(rest_, 6, 2), method = number_at(rest_, 8, 2), size = number_at(rest_, 18, 4);
    const auto names = number_at(rest_, 26, 2) + number_at(rest_, 28, 2);
    if (flags & 1) return std::unexpected(PackingError::Encrypted);
    if (rest_.size() < header + names) return std::unexpected(PackingError::Damaged);
    rest_.remove_prefix(header + names);
    if (method == 8) {
        begin_inflating(raw_window);
        return {};
    }
    if (method != 0 || size > rest_.size()) return std::unexpected(PackingError::Damaged);
    rest_ = rest_.substr(0, size);
    return {};
}

std::expected<std::string, PackingError> Unpacking::next() {
    TRY(state_);
    std::string piece;
    if (!inflating_) {
        piece = rest_.substr(0, piece_size);
        rest_.remove_prefix(piece.size());
    } else if (!inflating_->is_over) {
        auto& stream = inflating_->stream;
        piece.resize(piece_size);
        stream.next_out = octets_of(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        const int result = ::inflate(&stream, Z_NO_FLUSH);
        inflating_->is_over = result == Z_STREAM_END;
        piece.resize(piece.size() - stream.avail_out);
        if ((result != Z_OK && result != Z_STREAM_END) || (piece.empty() && result == Z_OK))
            state_ = std::unexpected(PackingError::Damaged);
    }
    if (piece.size() > room_) state_ = std::unexpected(PackingError::TooLong);
    TRY(state_);
    room_ -= piece.size();
    return piece;
}

}  // namespace aggregate
