#include "remote_server.h"

#include <charconv>

namespace simulation {
namespace {

std::string path_in(const std::string& command) {
    const auto open = command.find('<');
    return command.substr(open + 1, command.find('>', open) - open - 1);
}

std::string without_transparency(std::string_view text) {
    std::string out;
    bool at_line_start = true;
    for (const char c : text) {
        if (!(at_line_start && c == '.')) out += c;
        at_line_start = c == '\n';
    }
    return out;
}

}  // namespace

RemoteServer::RemoteServer(Truth& truth, Dice& dice, const std::uint64_t& chaos)
    : truth_(truth), dice_(dice), chaos_(chaos), offers_chunking_(dice.coin()), offers_pipelining_(!dice.one_in(4)) {}

RemoteServer::Trouble RemoteServer::some_trouble() {
    if (chaos_ == 0 || !dice_.one_in(chaos_)) return Trouble::None;
    return static_cast<Trouble>(1 + dice_.below(4));
}

bool RemoteServer::goes_wrong() {
    switch (some_trouble()) {
        case Trouble::None: return false;
        case Trouble::HangUp: is_over_ = true; break;
        case Trouble::Silence: is_mute_ = true; break;
        case Trouble::Temporary: say("451 4.3.0 not now"); break;
        case Trouble::Closing: say("421 4.3.2 closing"), is_over_ = true; break;
    }
    return true;
}

std::string RemoteServer::greeting() {
    if (!goes_wrong()) say("220 there ESMTP");
    return std::exchange(output_, {});
}

std::string RemoteServer::hear(std::string_view octets) {
    input_ += octets;
    while (!is_over_ && !is_mute_ && take_one()) {
    }
    return std::exchange(output_, {});
}

bool RemoteServer::take_one() {
    if (in_chunk_) {
        const auto size = std::min(chunk_left_, input_.size());
        message_.append(input_, 0, size);
        input_.erase(0, size);
        chunk_left_ -= size;
        if (chunk_left_ > 0) return false;
        in_chunk_ = false;
        if (is_last_chunk_)
            end_message();
        else
            say("250 2.0.0 more");
        return true;
    }
    if (in_data_) {
        const bool is_empty = input_.starts_with(".\r\n");
        const auto end = is_empty ? 0 : input_.find("\r\n.\r\n");
        if (end == input_.npos) return false;
        message_ = without_transparency(std::string_view(input_).substr(0, is_empty ? 0 : end + 2));
        input_.erase(0, is_empty ? 3 : end + 5);
        in_data_ = false;
        end_message();
        return true;
    }
    const auto end = input_.find("\r\n");
    if (end == input_.npos) return false;
    const auto command = input_.substr(0, end);
    input_.erase(0, end + 2);
    obey(command);
    return true;
}

void RemoteServer::obey(const std::string& command) {
    const auto verb = command.substr(0, 4);
    if (verb == "QUIT") return say("221 bye"), is_over_ = true, void();
    if (verb == "BDAT") {  // the octets come whatever we think of it
        const auto* begin = command.data() + 5;
        std::from_chars(begin, command.data() + command.size(), chunk_left_);
        is_last_chunk_ = command.ends_with("LAST");
        in_chunk_ = true;
        return;
    }
    if (verb == "MAIL" || verb == "RSET") has_sender_ = false, recipients_.clear(), message_.clear();
    if (verb == "RCPT") return recipient(command);
    if (goes_wrong()) return;
    if (verb == "EHLO") {
        say("250-there");
        if (offers_chunking_) say("250-CHUNKING");
        if (offers_pipelining_) say("250-PIPELINING");
        return say("250 8BITMIME");
    }
    if (verb == "DATA") return begin_data();
    if (verb == "MAIL") has_sender_ = true;
    say("250 2.0.0 ok");
}

void RemoteServer::recipient(const std::string& command) {
    if (!has_sender_) return say("503 5.5.1 MAIL first");
    if (goes_wrong()) return;
    const auto address = path_in(command);
    Addressee* addressee = truth_.find(address);
    if (addressee && addressee->nature == Nature::Refuses) return say("550 5.1.1 nobody here");
    if (addressee && addressee->nature == Nature::NeverTakes) return say("450 4.2.0 come back later");
    if (addressee && addressee->deferrals_left > 0)
        return --addressee->deferrals_left, say("450 4.2.0 come back later");
    recipients_.push_back(address);
    say("250 2.1.5 ok");
}

void RemoteServer::begin_data() {
    if (recipients_.empty()) return say("554 5.5.1 no valid recipients");
    in_data_ = true;
    say("354 go ahead");
}

void RemoteServer::end_message() {
    const auto recipients = std::exchange(recipients_, {});
    const auto message = std::exchange(message_, {});
    if (recipients.empty()) return say("554 5.5.1 no valid recipients");
    const auto trouble = some_trouble();
    if (trouble == Trouble::Temporary) return say("452 4.3.1 full");
    // It takes the message and dies, or dies before: the other side cannot tell (RFC 1047).
    const bool is_taken = trouble == Trouble::None || dice_.coin();
    for (const auto& address : recipients) {
        if (!is_taken) break;
        truth_.delivered(address, message);
        Addressee* addressee = truth_.find(address);
        if (addressee && trouble != Trouble::None) ++addressee->allowance;
    }
    if (trouble == Trouble::None) return say("250 2.0.0 taken");
    is_over_ = trouble != Trouble::Silence;
    is_mute_ = trouble == Trouble::Silence;
}

}  // namespace simulation
