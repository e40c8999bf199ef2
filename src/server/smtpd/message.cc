#include "smtpd/message.h"

namespace smtpd {

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
    const auto taken = std::get<smtp::DataDecoder>(reader_).decode(octets, next());
    convert();
    if (at_end()) finish();
    return taken;
}

void Message::take_chunk(std::string_view octets) {
    std::get<smtp::ChunkReader>(reader_).take(octets, next());
    convert();
}

void Message::finish_chunks() {
    std::get<smtp::ChunkReader>(reader_).finish(next());
    convert();
    finish();
}

void Message::convert() {
    if (conversion_) conversion_->add(decoded_);
    if (removal_) removal_->add(decoded_, octets_.next());
    decoded_.clear();
}

void Message::finish() {
    if (conversion_) conversion_->finish();
    if (removal_) removal_->finish(octets_.next());
}

std::optional<smtp::ContentFault> Message::fault() const { return content().fault(); }

std::optional<smtp::Reply> Message::refusal() const {
    if (!octets_.has_room()) return smtp::Reply(452, "4.3.1", "No room for this message at the moment");
    return std::nullopt;
}

}  // namespace smtpd
