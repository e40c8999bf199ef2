#include "smtpd/message.h"

#include <unistd.h>

#include <cerrno>

namespace smtpd {

Message::Message(Queue& queue, std::string trace, std::uint32_t id_at)
    : queue_(queue), memory_(std::move(trace)), id_at_(id_at) {}

Message::~Message() {
    if (blob_ != 0) queue_.drop_blob(blob_);
}

void Message::expect_data(const smtp::ContentLimits& limits, smtp::BareNewline policy) {
    reader_.emplace<smtp::DataDecoder>(limits, policy);
}

void Message::expect_chunks(const smtp::ContentLimits& limits, smtp::ChunkContent content) {
    reader_.emplace<smtp::ChunkReader>(limits, content);
}

const smtp::ContentCheck& Message::content() const {
    return std::visit([](const auto& reader) -> const smtp::ContentCheck& { return reader.content(); }, reader_);
}

std::size_t Message::take_data(std::string_view octets) {
    return std::get<smtp::DataDecoder>(reader_).decode(octets, memory_);
}

void Message::take_chunk(std::string_view octets) { std::get<smtp::ChunkReader>(reader_).take(octets, memory_); }

void Message::finish_chunks() { std::get<smtp::ChunkReader>(reader_).finish(memory_); }

net::Task<void> Message::spill() {
    if (memory_.size() <= spool::inline_body) co_return;
    if (!file_ && has_room_) co_await open_file();
    write_out();
}

net::Task<void> Message::open_file() {
    auto opened = co_await queue_.open_blob();
    has_room_ = bool(opened.file);
    if (!has_room_) co_return;
    blob_ = opened.ticket;
    file_ = std::move(opened.file);
}

void Message::write_out() {
    std::string_view rest = memory_;
    while (has_room_ && !rest.empty()) {
        const auto written = ::pwrite(file_.get(), rest.data(), rest.size(), static_cast<off_t>(spilled_));
        if (written < 0 && errno == EINTR) continue;
        has_room_ = written > 0;  // ENOSPC, EFBIG, EIO alike: not here, not now
        if (!has_room_) break;
        rest.remove_prefix(static_cast<std::size_t>(written));
        spilled_ += static_cast<std::uint64_t>(written);
    }
    memory_.clear();
}

std::optional<smtp::ContentFault> Message::fault() const { return content().fault(); }

std::optional<smtp::Reply> Message::refusal() const {
    if (!has_room_) return smtp::Reply(452, "4.3.1", "No room for this message at the moment");
    return std::nullopt;
}

bool Message::hand_over(qmgr::Submit& submission) {
    submission.id_at = id_at_;
    submission.size = size();
    if (!file_) {
        submission.octets = std::move(memory_);
        return true;
    }
    write_out();
    if (!has_room_) return false;
    submission.blob = std::exchange(blob_, 0);
    file_.close();
    return true;
}

}  // namespace smtpd
