#pragma once
// A DKIM-Signature field as a value. RFC 6376 §3.5, RFC 8301, RFC 8463.
//
// Pure. What is read here is syntax, and what one field can contradict in itself; whether the signature is good is
// dkim/verifier.h.
// Hostile: domains and selectors are letters, digits, "-" and "_" only, so none of them can mean something else to the
// DNS, to a log or to Authentication-Results. Domains in other scripts are A-labels here; RFC 8616 is not read.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dkim/canonical.h"
#include "dkim/tag_list.h"

namespace dkim {

enum class Algorithm : std::uint8_t {
    RsaSha1,  // read, and never good (RFC 8301 §3.1)
    RsaSha256,
    Ed25519Sha256,
};
std::string_view to_text(Algorithm algorithm);
std::optional<Algorithm> parse_algorithm(std::string_view text);

struct Signature {
    Algorithm algorithm = Algorithm::RsaSha256;
    Canonicalizations canonicalizations;
    std::string domain;                        // d=: lower case
    std::string selector;                      // s=: lower case
    std::string identity;                      // i=: "@" and the domain where it says nothing else
    std::vector<std::string> signed_fields;    // h=: lower case, in order
    std::string body_hash;                     // bh=: octets
    std::string octets;                        // b=
    std::optional<std::uint64_t> body_length;  // l=
    std::optional<std::uint64_t> timestamp;    // t=, Unix time
    std::optional<std::uint64_t> expiration;   // x=
};

enum class SignatureProblem : std::uint8_t {
    NotATagList,
    WrongVersion,
    MissingTag,
    UnknownAlgorithm,
    BadSignature,  // b= is not base64, or empty
    BadBodyHash,   // bh= is not base64, or not as long as the hash
    BadCanonicalization,
    BadDomain,
    BadSelector,
    BadIdentity,
    IdentityElsewhere,  // i= is not below d= (§3.5)
    BadSignedFields,
    TooManySignedFields,
    FromNotSigned,  // §6.1.1
    BadNumber,      // in l=, t= or x=
    UnknownQuery,   // q= without dns/txt
    ExpiresBeforeItBegins,
};
/// As it is written behind "dkim=permerror": "From is not signed".
std::string_view describe(SignatureProblem problem);

constexpr std::size_t longest_signature_field = 64 * 1024;
constexpr std::size_t most_signed_fields = 500;

/// The value of a DKIM-Signature field, folding included.
std::expected<Signature, SignatureProblem> parse_signature(std::string_view value);

/// The tags that ARC-Message-Signature has in common with it (RFC 8617 §4.1.2), which is all but v= and i=.
std::expected<Signature, SignatureProblem> read_signature_tags(const TagList& tags);
/// a=, b=, d=, s= and t=, which ARC-Seal has too (§4.1.3).
std::expected<Signature, SignatureProblem> read_seal_tags(const TagList& tags);

/// At least two labels of letters, digits, "-" and "_" (§3.5, d=).
bool is_domain(std::string_view text);
/// `domain` is `parent` or below it; both lower case.
bool is_in_domain(std::string_view domain, std::string_view parent);

/// A signature field with the value of b= taken out, canonical and without its CRLF: what is hashed last (§3.7).
std::string canonical_without_signature(Canonicalization canonicalization, const mime::Field& field);

}  // namespace dkim
