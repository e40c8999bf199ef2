#pragma once
// The header of a message that streams by, kept for signing and verifying. RFC 6376 §3.4.1, §3.7, §5.4.2.
//
// Pure. Lines end in CRLF or LF as they come, and in CRLF here, which is what signers saw. The header ends at the first
// empty line, as mime/header.h has it, so no one else reads another body than the one that was hashed.
// Hostile: a header beyond the limit is not kept, and nothing in it counts.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dkim/signature.h"
#include "mime/header.h"

namespace dkim {

constexpr std::size_t longest_header = 4 * 1024 * 1024;

/// Fields in order; the views live as long as this does.
class Header {
public:
    Header() : Header(std::string()) {}
    explicit Header(std::string text);  // lines end in CRLF

    const std::vector<mime::Field>& fields() const { return fields_; }
    std::string_view text() const { return *text_; }
    /// A blank comes first: whatever is put in front of the header would become a part of it.
    bool begins_with_continuation() const { return text_->starts_with(' ') || text_->starts_with('\t'); }
    std::vector<const mime::Field*> named(std::string_view name) const;  // first to last

    /// What h= chooses: of fields with one name the last first, and nothing for a name that stands there no more
    /// (§5.4.2).
    std::vector<const mime::Field*> select(const std::vector<std::string>& names) const;

private:
    std::unique_ptr<const std::string> text_;
    std::vector<mime::Field> fields_;
};

class HeaderReader {
public:
    /// The rest of the piece, which is of the body; empty while the header lasts.
    std::string_view add(std::string_view piece);
    /// At the end of a message that may have no body.
    void finish();

    bool is_complete() const { return is_complete_; }
    bool is_too_long() const { return is_too_long_; }
    Header take() { return Header(std::move(text_)); }

private:
    void append(std::string_view part);

    std::string text_;
    std::size_t line_begin_ = 0;
    bool is_complete_ = false;
    bool is_too_long_ = false;
};

/// What a signature covers, as it is hashed: the chosen fields, and last the signature's own without its octets (§3.7).
std::string signed_text(const Header& header, const Signature& signature, const mime::Field& own);

/// The bodies that the signatures of one message need, each hashed once.
class BodyHashes {
public:
    /// Where the hash will be found.
    std::size_t want(Canonicalization canonicalization, std::optional<std::uint64_t> limit);
    void add(std::string_view piece);
    void finish();
    const BodyHash& at(std::size_t index) const { return hashes_.at(index); }

private:
    std::vector<BodyHash> hashes_;
};

}  // namespace dkim
