#pragma once
// A dropped message on its way into the queue: the trace field and what the header lacks on top (RFC 6409 §8, RFC 5321
// §4.4), Bcc removed, lines ended by CRLF. Streams; of the message only its header is held in memory.
//
// In the wild: output of cron jobs contains NUL octets. No mail may (RFC 5322 §2.2), so they are left out.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "mime/eight_bit.h"
#include "mime/submission.h"
#include "mime/trace.h"

namespace pickup {

struct Trace {
    std::string field;
    std::uint32_t id_at = 0;  // where in it 13 octets wait for the queue id
};
Trace trace_of(mime::Received received);

/// "from userid 1000" and nothing that the user could have made up.
mime::Received received_from(std::uint32_t uid, const std::string& hostname, mime::Date date);

class Conversion {
public:
    Conversion(std::string trace, mime::Submission submission)
        : out_(std::move(trace)), submission_(std::move(submission)) {}

    /// Pieces of the message, in order; then finish().
    void add(std::string_view piece);
    void finish();

    /// What is ready to be written; the caller takes it (and clears it) as it likes.
    std::string& output() { return out_; }
    const mime::Composition& composition() const { return composition_; }

private:
    void begin_body();

    std::string out_;
    mime::Submission submission_;
    std::string header_;  // gathered until it is complete
    bool in_header_ = true;
    mime::LineEnds line_ends_;
    mime::Composition composition_;
};

}  // namespace pickup
