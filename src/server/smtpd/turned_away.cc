#include "smtpd/turned_away.h"

#include "smtp/command_line.h"
#include "text/ascii.h"

namespace smtpd {
namespace {

using Kind = smtp::CommandLine::Kind;

constexpr std::size_t read_at_once = 2048;
constexpr int most_commands = 10;

}  // namespace

net::Task<void> turn_away(net::Stream& stream, smtp::Reply refusal, std::string early,
                          std::chrono::milliseconds patience) {
    stream.set_deadline(patience);
    co_await stream.write(refusal.wire());
    if (refusal.is_temporary()) co_return;
    smtp::LineReader lines;
    for (int commands = 0; commands < most_commands;) {
        const auto line = lines.next(early);
        const bool is_quit = line.kind == Kind::Line && text::equal_ignoring_case(line.text, "QUIT");
        early.erase(0, line.consumed);
        if (line.kind == Kind::NeedMore) {
            co_await stream.read_some(early, read_at_once);
            continue;
        }
        if (line.kind == Kind::BareLineFeed || line.kind == Kind::Flood) co_return;
        ++commands;
        const auto reply = is_quit ? smtp::Reply(221, "2.0.0", "Bye") : smtp::Reply(503, "5.5.1", "Only QUIT is left");
        co_await stream.write(reply.wire());
        if (is_quit) co_return;
    }
}

}  // namespace smtpd
