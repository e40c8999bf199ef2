#pragma once
// One message on its way in: in memory while it is short, beyond spool::inline_body in a file that qmgr opened for us.
//
// DATA and BDAT both end here. The trace field stands in front, with room for the queue id, which is not known before
// the message is committed. A message that is never submitted gives its file back.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "file/descriptor.h"
#include "net/stream.h"
#include "smtp/content.h"
#include "smtp/data.h"
#include "smtpd/neighbours.h"

namespace smtpd {

class Message {
public:
    /// `trace`: the fields that we put on top; `id_at`: where in them the queue id belongs.
    Message(Queue& queue, std::string trace, std::uint32_t id_at);
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;
    ~Message();

    void expect_data(const smtp::ContentLimits& limits, smtp::BareNewline policy);
    void expect_chunks(const smtp::ContentLimits& limits, smtp::ChunkContent content);

    /// Octets behind DATA; returns how many belonged to the message. at_end() tells when the lone dot was among them.
    std::size_t take_data(std::string_view octets);
    bool at_end() const { return std::get<smtp::DataDecoder>(reader_).at_end(); }
    void take_chunk(std::string_view octets);
    void finish_chunks();

    /// Moves what has gathered in memory to the file, where it is too much for memory. Call it after every take.
    net::Task<void> spill();

    /// Why it cannot be accepted, if so.
    std::optional<smtp::Reply> refusal() const;
    std::optional<smtp::ContentFault> fault() const;
    bool has_8bit() const { return content().has_8bit(); }
    std::uint64_t size() const { return spilled_ + memory_.size(); }

    /// Hands octets or file over; false: the last of it found no room.
    bool hand_over(qmgr::Submit& submission);

private:
    const smtp::ContentCheck& content() const;
    net::Task<void> open_file();
    void write_out();

    Queue& queue_;
    std::variant<smtp::DataDecoder, smtp::ChunkReader> reader_;
    std::string memory_;  // what is not yet in the file
    std::uint32_t id_at_;
    std::uint64_t spilled_ = 0;
    std::uint64_t blob_ = 0;  // qmgr's ticket; 0: none
    file::Descriptor file_;
    bool has_room_ = true;
};

}  // namespace smtpd
