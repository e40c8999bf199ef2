#include "keyd/handshake.h"

#include <algorithm>
#include <array>

namespace keyd {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t randoms = 64;  // of both sides

// 64 blanks, a context that ends in NUL, the hash of what was said so far.
bool is_certificate_verify(std::string_view content) {
    constexpr auto context = "TLS 1.3, server CertificateVerify\0"sv;
    constexpr std::size_t blanks = 64;
    if (content.size() < blanks + context.size()) return false;
    if (content.find_first_not_of(' ') != blanks || content.substr(blanks, context.size()) != context) return false;
    const auto hash = content.size() - blanks - context.size();
    return hash == 32 || hash == 48;
}

// Both randoms, then curve type "named curve", the curve, and a point on it with its length.
// Hostile: the client's random is hers to choose, so nothing is told by it; the shape of the rest is.
bool is_server_key_exchange(std::string_view content) {
    struct Curve {
        unsigned number;
        std::size_t point;
    };
    constexpr std::array<Curve, 4> curves{{{0x001d, 32}, {0x0017, 65}, {0x0018, 97}, {0x0019, 133}}};
    constexpr std::size_t head = 4;
    if (content.size() < randoms + head) return false;
    const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(content[randoms + at]); };
    const auto length = content.size() - randoms - head;
    return octet(0) == 3 && octet(3) == length && std::ranges::any_of(curves, [&](const Curve& curve) {
               return curve.number == (static_cast<unsigned>(octet(1)) << 8 | octet(2)) && curve.point == length;
           });
}

}  // namespace

bool is_server_handshake(std::string_view content) {
    return is_certificate_verify(content) || is_server_key_exchange(content);
}

}  // namespace keyd
