#pragma once
// One message on its way in, by DATA or BDAT: read as the protocol has it, checked, and gathered for qmgr.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "authres/removal.h"
#include "net/stream.h"
#include "smtp/content.h"
#include "smtp/data.h"
#include "submitter/content.h"
#include "submitter/conversion.h"

namespace smtpd {

class Message {
public:
    /// `trace`: the field that we put on top.
    Message(submitter::Queue& queue, submitter::Trace trace) : octets_(queue, std::move(trace)) {}

    // Before anything of it is read:
    /// It comes from its author, and is mended (RFC 6409 §8).
    void mend(mime::Submission submission) { conversion_.emplace(octets_.next(), std::move(submission)); }
    /// It comes from outside: results that others have written in our name are removed (RFC 8601 §5), and fields that
    /// are ours alone to write.
    void remove_forged(authres::Ourselves ourselves, std::vector<std::string> fields) {
        removal_.emplace(std::move(ourselves), std::move(fields));
    }

    void expect_data(const smtp::ContentLimits& limits, smtp::BareNewline policy);
    void expect_chunks(const smtp::ContentLimits& limits, smtp::ChunkContent content);

    /// Octets behind DATA; returns how many belonged to the message. at_end() tells when the lone dot was among them.
    std::size_t take_data(std::string_view octets);
    bool at_end() const { return std::get<smtp::DataDecoder>(reader_).at_end(); }
    void take_chunk(std::string_view octets);
    void finish_chunks();

    /// Moves what has gathered in memory to the file, where it is too much for memory. Call it after every take.
    net::Task<void> spill() { return octets_.spill(); }

    /// Why it cannot be accepted, if so.
    std::optional<smtp::Reply> refusal() const;
    std::optional<smtp::ContentFault> fault() const;
    bool has_8bit() const { return content().has_8bit(); }
    /// Of a submission that is complete: in whose names it is sent.
    const mime::Claims& claims() const { return conversion_->claims(); }

    /// The octets of a message that is complete, for those who are to look at it before it is handed over.
    submitter::Content& octets() { return octets_; }
    /// Hands octets or file over; false: the last of it found no room.
    bool hand_over(qmgr::Submit& submission) { return octets_.hand_over(submission); }

private:
    const smtp::ContentCheck& content() const;
    std::string& next() { return conversion_ || removal_ ? decoded_ : octets_.next(); }
    void convert();
    void finish();

    std::variant<smtp::DataDecoder, smtp::ChunkReader> reader_;
    submitter::Content octets_;
    std::string decoded_;  // on its way into one of:
    std::optional<submitter::Conversion> conversion_;
    std::optional<authres::Removal> removal_;
};

}  // namespace smtpd
