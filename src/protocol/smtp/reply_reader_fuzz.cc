#include "smtp/reply_reader.h"

#include <vector>

#include "fuzz.h"
#include "smtp/extensions.h"
#include "smtp/limits.h"
#include "text/ascii.h"

// The same replies whatever the split; none is anything but a code from 200 to 599, and none is larger than allowed.
// What we write of a reply is read as the same reply.
namespace {

std::vector<smtp::Reply> read(std::string_view input, std::size_t piece) {
    smtp::ReplyReader reader;
    std::vector<smtp::Reply> replies;
    for (std::size_t at = 0; at < input.size() && !reader.is_broken();) {
        const auto part = input.substr(at, piece);
        const auto used = reader.read(part);
        VERIFY(used > 0 && used <= part.size());
        at += used;
        if (reader.is_complete()) replies.push_back(reader.take());
    }
    if (reader.is_broken()) replies.push_back(reader.take());
    return replies;
}

}  // namespace

FUZZ(input) {
    const auto replies = read(input, input.size() + 1);
    VERIFY(replies == read(input, 1));
    for (const auto& reply : replies) {
        VERIFY(reply.code >= 200 && reply.code <= 599 && reply.text.size() <= smtp::longest_reply);
        for (char c : reply.text) VERIFY(c == '\n' || !text::is_control(c));
        VERIFY(smtp::parse_reply(reply.wire()).code == reply.code);
        const auto extensions = smtp::parse_extensions(reply);
        VERIFY(smtp::parse_extensions(smtp::hello_reply("x", extensions)) == extensions);
    }
}
