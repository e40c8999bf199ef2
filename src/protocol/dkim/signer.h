#pragma once
// A message signed while it streams by. RFC 6376 §5, RFC 8301 §3, RFC 8463.
//
//   Signer signer(settings);           // what is signed, and how
//   signer.add(piece); …; signer.finish();
//   for each key: auto draft = signer.draft(naming); field = draft.complete(key.sign(draft.digest))
//
// Pure: the clock is an argument, and whoever has the key signs 32 octets, so that the key need not be where messages
// are. The order of h= and of the tags is ours; every line of the field has at most 78 columns.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dkim/header.h"
#include "dkim/signature.h"

namespace dkim {

/// Fields that are signed where they are present (RFC 6376 §5.4.1).
const std::vector<std::string>& usual_fields();
/// Of these one more is signed than is present, so that none can be added (§8.15).
bool is_oversigned(std::string_view lower_case_name);

struct SignerSettings {
    Canonicalizations canonicalizations{Canonicalization::Relaxed, Canonicalization::Relaxed};
    /// h= exactly; empty: usual_fields(), oversigned.
    std::vector<std::string> fields;
    /// Without `fields`: signed besides, where they are there; lower case.
    std::vector<std::string> also{};
    std::optional<std::uint64_t> timestamp;   // t=
    std::optional<std::uint64_t> expiration;  // x=
};

/// In whose name, and by which key.
struct Naming {
    std::string domain;
    std::string selector;
    Algorithm algorithm = Algorithm::RsaSha256;
    std::string identity;  // empty: no i=
};

struct Draft {
    std::string field;   // all of it up to "b="
    std::string digest;  // SHA-256, to be signed
    /// "DKIM-Signature: …" with its CRLF.
    std::string complete(std::string_view signature_octets) const;
};

class Signer {
public:
    explicit Signer(SignerSettings settings) : settings_(std::move(settings)) {}

    void add(std::string_view piece);
    void finish();

    /// Whether the message can be signed at all: From is there, and is among what is signed (§5.4), the header is not
    /// too long, and a field can be put in front of it.
    bool may_sign() const;
    /// After finish().
    const Header& header() const { return header_; }
    Draft draft(const Naming& naming) const;

private:
    void take_header();
    std::vector<std::string> chosen_fields() const;

    SignerSettings settings_;
    HeaderReader reader_;
    Header header_;
    bool has_header_ = false;
    BodyHashes bodies_;
};

/// Text in lines of at most 78 columns, broken where it is allowed.
class FoldedField {
public:
    explicit FoldedField(std::string begin) : text_(std::move(begin)), column_(text_.size()) {}

    /// On this line, behind a blank, if it fits; else on the next.
    void add_word(std::string_view word);
    /// On this line without a blank, or on the next.
    void add_part(std::string_view part);
    /// Broken anywhere.
    void add_octets(std::string_view octets);
    const std::string& text() const { return text_; }

private:
    void begin_line();

    std::string text_;
    std::size_t column_;
};

}  // namespace dkim
