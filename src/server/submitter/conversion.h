#pragma once
// A message that a user hands in, on its way into the queue: what its header lacks is added (RFC 6409 §8), Bcc removed,
// lines are ended by CRLF. Streams; of the message only its header is held in memory.
//
// In the wild: output of cron jobs contains NUL octets. No mail may (RFC 5322 §2.2), so they are left out.

#include <optional>
#include <string>
#include <string_view>

#include "mime/eight_bit.h"
#include "mime/submission.h"

namespace submitter {

class Conversion {
public:
    /// `out`: to which it appends; the caller takes what is ready away as it likes. Without `submission` the message
    /// has been mail already: only its lines are seen to.
    Conversion(std::string& out, std::optional<mime::Submission> submission)
        : out_(out), submission_(std::move(submission)), in_header_(submission_.has_value()) {}

    /// Pieces of the message, in order; then finish().
    void add(std::string_view piece);
    void finish();

    const mime::Composition& composition() const { return composition_; }
    /// In whose names it is sent; once the header is complete.
    const mime::Claims& claims() const { return claims_; }

private:
    void begin_body();

    std::string& out_;
    std::optional<mime::Submission> submission_;
    bool in_header_;
    std::string header_;  // gathered until it is complete
    mime::LineEnds line_ends_;
    mime::Composition composition_;
    mime::Claims claims_;
};

}  // namespace submitter
