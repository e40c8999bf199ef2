#include "mime/transfer.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "text/ascii.h"
#include "text/hex.h"

namespace mime {
namespace {

constexpr std::size_t piece = 16 * 1024;
constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr auto base64_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < digits.size(); ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
    return values;
}();

using Take = std::function<void(std::string_view)>;

/// Gathers octets into pieces.
class Out {
public:
    explicit Out(const Take& take) : take_(take) {}
    ~Out() { flush(); }
    void add(char octet) {
        octets_ += octet;
        if (octets_.size() >= piece) flush();
    }
    void add(std::string_view octets) {
        octets_ += octets;
        if (octets_.size() >= piece) flush();
    }

private:
    void flush() {
        if (!octets_.empty()) take_(octets_);
        octets_.clear();
    }
    const Take& take_;
    std::string octets_;
};

/// In the wild: one encoding behind another, each with its padding.
void decode_base64(std::string_view body, Out& out) {
    std::uint32_t bits = 0;
    int known = 0;
    for (const char c : body) {
        const auto value = base64_values[static_cast<unsigned char>(c)];
        if (c == '=') known = 0;
        if (value < 0) continue;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        known += 6;
        if (known < 8) continue;
        known -= 8;
        out.add(static_cast<char>(bits >> known & 0xff));
    }
}

/// Blanks at the end of a line were put there on the way (§6.7, rule 3).
std::string_view without_blanks(std::string_view line) {
    while (!line.empty() && (text::is_blank(line.back()) || line.back() == '\r')) line.remove_suffix(1);
    return line;
}

void decode_line(std::string_view line, Out& out) {
    for (std::size_t at = 0; at < line.size(); ++at) {
        const int high = line[at] == '=' && at + 2 < line.size() ? text::hex_value(line[at + 1]) : -1;
        const int low = high >= 0 ? text::hex_value(line[at + 2]) : -1;
        if (low < 0) {
            out.add(line[at]);
            continue;
        }
        out.add(static_cast<char>(high << 4 | low));
        at += 2;
    }
}

void decode_quoted_printable(std::string_view body, Out& out) {
    while (!body.empty()) {
        const auto end = body.find('\n');
        const auto whole = body.substr(0, end);
        auto line = without_blanks(whole);
        const bool is_soft = line.ends_with('=');
        if (is_soft) line.remove_suffix(1);
        decode_line(line, out);
        if (end == body.npos) return;
        if (!is_soft) out.add(whole.ends_with('\r') ? "\r\n" : "\n");
        body.remove_prefix(end + 1);
    }
}

/// In the wild. POSIX uuencode: lines of a length and groups of four, between "begin" and "end".
void decode_uuencode(std::string_view body, Out& out) {
    bool has_begun = false;
    while (!body.empty()) {
        const auto end = body.find('\n');
        const auto line = without_blanks(body.substr(0, end));
        body.remove_prefix(end == body.npos ? body.size() : end + 1);
        if (!has_begun) {
            has_begun = line.starts_with("begin ");
            continue;
        }
        if (line == "end" || line.empty()) return;
        const auto value = [&](std::size_t at) {
            return at < line.size() ? static_cast<unsigned>(line[at] - ' ') & 63U : 0U;
        };
        auto left = value(0);
        for (std::size_t at = 1; left > 0; at += 4) {
            const unsigned bits = value(at) << 18 | value(at + 1) << 12 | value(at + 2) << 6 | value(at + 3);
            for (int shift = 16; shift >= 0 && left > 0; shift -= 8, --left)
                out.add(static_cast<char>(bits >> shift & 0xff));
        }
    }
}

bool is_uuencode(std::string_view encoding) {
    constexpr std::array<std::string_view, 4> names{"uuencode", "x-uuencode", "uue", "x-uue"};
    return std::ranges::any_of(names, [&](auto name) { return text::equal_ignoring_case(name, encoding); });
}

}  // namespace

void decode_transfer(std::string_view body, std::string_view encoding, const Take& take) {
    if (text::equal_ignoring_case(encoding, "base64")) {
        Out out(take);
        decode_base64(body, out);
    } else if (text::equal_ignoring_case(encoding, "quoted-printable")) {
        Out out(take);
        decode_quoted_printable(body, out);
    } else if (is_uuencode(encoding)) {
        Out out(take);
        decode_uuencode(body, out);
    } else if (!body.empty()) {
        take(body);
    }
}

std::string decode_transfer(std::string_view body, std::string_view encoding, std::size_t most) {
    // No octet comes out of less than one.
    const bool is_encoded = encoding.size() > 5 || is_uuencode(encoding);
    std::string octets;
    decode_transfer(body.substr(0, is_encoded ? std::min(body.size(), most * 4) : most), encoding,
                    [&](std::string_view taken) { octets += taken.substr(0, most - octets.size()); });
    return octets;
}

}  // namespace mime
