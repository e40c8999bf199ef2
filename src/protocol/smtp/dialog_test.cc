// Dialogs that another project plays against its server, played against ours. Texts and second digits are its own
// business; the first digit, and what is taken for the end of a message, are the standard's.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "lang/overloaded.h"
#include "smtp/data.h"
#include "smtp/receiver.h"

namespace smtp {
namespace {

/// A server that takes octets as they come. user@testserver exists.
class Server {
public:
    Server() : receiver_(settings()) { carry_out(receiver_.start()); }

    void feed(std::string_view octets) {
        input_ += octets;
        while (is_open_ && (decoder_ ? read_message() : read_command())) {
        }
    }

    /// The first digit of the next reply; '-' when there is none.
    char next_reply() {
        if (replies_.empty()) return '-';
        const char digit = replies_.front();
        replies_.erase(0, 1);
        return digit;
    }

    std::string message;

private:
    static ReceiverSettings settings() {
        ReceiverSettings made;
        made.hostname = "testserver";
        made.message_size = 1024 * 1024;
        return made;
    }

    bool read_command() {
        const auto line = lines_.next(input_);
        const std::string text(line.text);
        input_.erase(0, line.consumed);
        if (line.kind == CommandLine::Kind::NeedMore) return line.consumed > 0;
        carry_out(receiver_.on(CommandLine{line.kind, text, 0}, input_.size()));
        return true;
    }

    bool read_message() {
        input_.erase(0, decoder_->decode(input_, message));
        if (!decoder_->at_end()) return false;
        const auto fault = decoder_->content().fault();
        decoder_.reset();
        carry_out(receiver_.on(EndOfContent{fault}));
        return true;
    }

    void carry_out(Step step) {
        const auto note = [this](const Reply& reply) { replies_ += static_cast<char>('0' + reply.code / 100); };
        std::visit(Overloaded{
                       [&](const Say& say) { note(say.reply); },
                       [&](const TakeMessage& take) {
                           note(take.go_ahead);
                           decoder_.emplace(ContentLimits{.size = 1024 * 1024});
                       },
                       [&](const HangUp& hang_up) {
                           note(hang_up.farewell);
                           is_open_ = false;
                       },
                       [](const AskLogin&) {},
                       [](const AskLoginResponse&) {},
                       [&](const auto&) { carry_out(receiver_.on(Verdict{{250, "2.0.0", "ok"}})); },
                   },
                   step);
    }

    Receiver receiver_;
    LineReader lines_;
    std::optional<DataDecoder> decoder_;
    std::string input_, replies_;
    bool is_open_ = true;
};

std::string evaluate(std::string_view& in);

// 'text' or ( expression ), perhaps * number
std::string evaluate_factor(std::string_view& in) {
    const bool is_group = in.starts_with('(');
    in.remove_prefix(1);
    std::string value;
    if (is_group) value = evaluate(in);
    for (; !in.empty() && !is_group && in.front() != '\''; in.remove_prefix(1)) {
        const bool is_escape = in.front() == '\\';
        if (is_escape) in.remove_prefix(1);
        value += !is_escape ? in.front() : in.front() == 'r' ? '\r' : '\n';
    }
    in.remove_prefix(1);  // the closing one
    if (!in.starts_with(" * ")) return value;
    in.remove_prefix(3);
    std::string repeated;
    for (int count = std::atoi(std::string(in).c_str()); count > 0; --count) repeated += value;
    while (!in.empty() && in.front() >= '0' && in.front() <= '9') in.remove_prefix(1);
    return repeated;
}

std::string evaluate(std::string_view& in) {
    auto value = evaluate_factor(in);
    while (in.starts_with(" + ")) {
        in.remove_prefix(3);
        value += evaluate_factor(in);
    }
    return value;
}

void play(const std::filesystem::path& dialog) {
    SCOPED_TRACE(dialog.filename().string());
    std::ifstream file(dialog);
    std::optional<Server> server;
    for (std::string line; std::getline(file, line);) {
        SCOPED_TRACE(line.substr(0, 80));
        const auto rest = line.substr(std::min<std::size_t>(5, line.size()));
        if (line.starts_with("c tcp_connect")) server.emplace();
        if (line.starts_with("c ->")) server->feed(rest + "\r\n");
        if (line.starts_with("c ~> ")) {
            std::string_view expression = rest;
            server->feed(evaluate(expression));
        }
        const auto code = line.find_first_of("2345");
        if (line.starts_with("c <")) EXPECT_EQ(server->next_reply(), line[code]);
    }
    std::ifstream verify(dialog.string() + ".verify");
    if (!verify) return;
    std::string want;
    for (std::string line; std::getline(verify, line);) want += line + "\r\n";
    EXPECT_EQ(server->message.substr(0, want.size()), want);
}

TEST(Dialog, IsAnsweredAlike) {
    const char* given = std::getenv("HERMOD_CONFORMANCE");
    const std::filesystem::path data = given ? given : HERMOD_SOURCE "/../shared/conformance";
    if (!std::filesystem::exists(data)) GTEST_SKIP() << "the conformance data is not here";
    for (auto name : {"bad_data_dot", "bad_data_dot_2", "bad_data_dot_on_message_too_big", "bad_mail_from",
                      "bad_rcpt_to", "empty_helo", "helo", "line_too_long", "message_too_big", "unknown_command",
                      "wrong_proto", "data_dot_stuffing", "sendmail"})
        play(data / "smtp/chasquid-dialogs" / (std::string(name) + ".cmy"));
}

}  // namespace
}  // namespace smtp
