// forward and condredirect: the message goes to other addresses.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "dotcommands/child.h"
#include "dotcommands/run.h"
#include "drop/forward.h"
#include "drop/outbox.h"
#include "lang/try.h"
#include "sendmail/place.h"

namespace dotcommands {
namespace {

constexpr int last = 99;  // done, and the rest of the file is passed over

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

file::Result<std::string> read_message() {
    std::string message;
    char piece[65536];
    for (;;) {
        const auto got = ::read(STDIN_FILENO, piece, sizeof piece);
        if (got == 0) return message;
        if (got < 0 && errno != EINTR) return std::unexpected(file::Error{errno, "read", "standard input"});
        if (got > 0) message.append(piece, static_cast<std::size_t>(got));
    }
}

file::Result<void> leave(const drop::Envelope& envelope, const std::string& message, const std::string& directory) {
    auto outbox = TRY(drop::Outbox::open(directory));
    TRY(outbox.write(drop::to_text(envelope) + variable("DTLINE")));
    TRY(outbox.write(message));
    return outbox.commit();
}

/// From NEWSENDER, which dot-qmail(5) makes out, with our Delivered-To field on top: that is how a circle is seen.
int send_on(const char* command, const std::vector<std::string>& addresses) {
    const auto place = sendmail::find_place({});
    const auto message = read_message();
    if (!place || !message) {
        fmt::print(stderr, "{}: {}\n", command, place ? file::to_text(message.error()) : place.error());
        return not_now;
    }
    for (auto& envelope : drop::envelopes_of_forward(variable("NEWSENDER"), addresses)) {
        for (auto& recipient : envelope.smtp.recipients)
            recipient.address = drop::completed(recipient.address, place->hostname);
        const auto left = leave(envelope, *message, place->drop_directory);
        if (left) continue;
        fmt::print(stderr, "{}: {}\n", command, file::to_text(left.error()));
        return not_now;
    }
    return 0;
}

}  // namespace

int forward(std::span<char*> arguments) {
    if (arguments.size() < 2) {
        fmt::print(stderr, "usage: forward ADDRESS …\n");
        return never;
    }
    return send_on("forward", {arguments.begin() + 1, arguments.end()});
}

int condredirect(std::span<char*> arguments) {
    if (arguments.size() < 3) {
        fmt::print(stderr, "usage: condredirect ADDRESS PROGRAM [ARGUMENT …]\n");
        return never;
    }
    const int status = run_program(arguments.subspan(2));
    if (status == not_now) return not_now;
    if (status != 0) return 0;
    if (::lseek(STDIN_FILENO, 0, SEEK_SET) != 0) {
        fmt::print(stderr, "condredirect: the message cannot be read again\n");
        return not_now;
    }
    const int sent = send_on("condredirect", {arguments[1]});
    return sent == 0 ? last : sent;
}

}  // namespace dotcommands
