#pragma once
// Header fields and bodies in the form that is hashed, so that what mail systems do to white space on the way does not
// break a signature. RFC 6376 §3.4.
//
// Pure. Bodies come piece by piece, and memory is constant: of empty lines at the end only their number is kept.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/running_digest.h"
#include "mime/header.h"

namespace dkim {

enum class Canonicalization : std::uint8_t { Simple, Relaxed };
std::string_view to_text(Canonicalization canonicalization);

/// Of a header and of a body: "relaxed/simple" (§3.5, c=).
struct Canonicalizations {
    Canonicalization header = Canonicalization::Simple;
    Canonicalization body = Canonicalization::Simple;
    bool operator==(const Canonicalizations&) const = default;
};
std::string to_text(const Canonicalizations& both);
std::optional<Canonicalizations> parse_canonicalizations(std::string_view text);

/// A field with its final CRLF (§3.4.1, §3.4.2). Lines of `field` end in CRLF.
std::string canonical_field(Canonicalization canonicalization, const mime::Field& field);
/// The same behind a text.
void append_canonical(std::string& text, Canonicalization canonicalization, const mime::Field& field);

/// A body, hashed as it comes (§3.4.3, §3.4.4, §3.7). Lines end in CRLF or LF; both are hashed as CRLF.
class BodyHash {
public:
    /// `limit`: octets of the canonical body that are hashed (l=); nothing: all.
    BodyHash(Canonicalization canonicalization, std::optional<std::uint64_t> limit)
        : canonicalization_(canonicalization), limit_(limit) {}

    Canonicalization canonicalization() const { return canonicalization_; }
    std::optional<std::uint64_t> limit() const { return limit_; }

    void add(std::string_view piece);
    void finish();

    const std::string& digest() const { return digest_; }  // 32 octets, after finish()
    std::uint64_t length() const { return length_; }       // octets of the canonical body, those beyond the limit too
    bool is_covered() const { return !limit_ || *limit_ >= length_; }  // nothing is beyond the limit

private:
    void add_line_part(std::string_view part);
    void add_relaxed(std::string_view part);
    void end_line();
    void write_content(std::string_view octets);
    void write(std::string_view octets);

    Canonicalization canonicalization_;
    std::optional<std::uint64_t> limit_;
    crypto::RunningDigest running_;
    std::string digest_;
    std::uint64_t length_ = 0;
    std::uint64_t empty_lines_ = 0;  // that are hashed only if something follows
    bool in_line_ = false;           // something of this line has been written
    bool has_blank_ = false;         // relaxed: white space that counts only if something follows
    bool after_cr_ = false;
};

}  // namespace dkim
