#include "smtp/command.h"

#include "fuzz.h"
#include "smtp/command_line.h"
#include "smtp/limits.h"
#include "text/ascii.h"

// What is cut out of a stream is the same whatever the split; what is decoded brings no control character along.
namespace {

struct Heard {
    std::string lines;
    std::size_t count = 0;
};

Heard listen(std::string_view input, std::size_t piece) {
    smtp::LineReader reader;
    std::string buffer;
    Heard heard;
    for (std::size_t at = 0; at < input.size();) {
        buffer += input.substr(at, piece);
        at += piece;
        for (bool more = true; more;) {
            const auto line = reader.next(buffer);
            VERIFY(line.consumed <= buffer.size());
            if (line.kind != smtp::CommandLine::Kind::NeedMore)
                heard.lines.append(line.text).append(1, '\n'), ++heard.count;
            more = line.kind != smtp::CommandLine::Kind::NeedMore;
            if (line.kind == smtp::CommandLine::Kind::Flood) return heard;
            buffer.erase(0, line.consumed);
        }
        VERIFY(buffer.size() <= smtp::longest_command_line + 1);
    }
    return heard;
}

void check(const std::string& decoded) {
    for (char c : decoded) VERIFY(!text::is_control(c));
}

}  // namespace

FUZZ(input) {
    const auto whole = listen(input, input.size() + 1), split = listen(input, 1);
    VERIFY(whole.lines == split.lines && whole.count == split.count);
    const auto command = smtp::parse_command(input);
    if (!command) {
        VERIFY(command.error().reply.code >= 500);
        return;
    }
    VERIFY(input.size() <= smtp::longest_command_line);
    if (const auto* mail = std::get_if<smtp::Mail>(&*command)) check(mail->envelope_id);
    if (const auto* rcpt = std::get_if<smtp::Rcpt>(&*command)) check(rcpt->original_recipient);
    if (const auto* ehlo = std::get_if<smtp::Ehlo>(&*command)) check(ehlo->domain);
}
