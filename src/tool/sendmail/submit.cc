#include "sendmail/submit.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "drop/envelope.h"
#include "drop/outbox.h"
#include "lang/try.h"
#include "mime/address.h"
#include "mime/submission.h"
#include "sendmail/input.h"
#include "smtp/limits.h"
#include "text/ascii.h"

namespace sendmail {
namespace {

/// Why the message is not taken.
struct Refusal {
    int status = EX_TEMPFAIL;
    std::string text;
};
template <typename T>
using Or = std::expected<T, Refusal>;

std::unexpected<Refusal> refuse(int status, std::string text) {
    return std::unexpected(Refusal{status, std::move(text)});
}

Or<void> kept(std::expected<void, file::Error> result) {
    if (!result) return refuse(EX_TEMPFAIL, file::to_text(result.error()));
    return {};
}

class Input {
public:
    Input(int descriptor, bool dot_ends) : descriptor_(descriptor), dot_ends_(dot_ends) {}

    /// Appends more; false: that was all.
    Or<bool> read(std::string& out) {
        char piece[64 * 1024];
        const auto got = ::read(descriptor_, piece, sizeof piece);
        if (got < 0 && errno == EINTR) return true;
        if (got < 0) return refuse(EX_IOERR, fmt::format("standard input: {}", std::strerror(errno)));
        if (got == 0) {
            dot_.finish(out);
            return false;
        }
        const std::string_view text(piece, static_cast<std::size_t>(got));
        if (dot_ends_) return !dot_.take(text, out);
        out += text;
        return true;
    }

private:
    int descriptor_;
    bool dot_ends_;
    DotEnd dot_;
};

bool has_header_end(std::string_view text) {
    return text.starts_with('\n') || text.starts_with("\r\n") || text.find("\n\n") != text.npos ||
           text.find("\n\r\n") != text.npos || text.size() > smtp::largest_header;
}

/// In the wild: "Joe <joe@example.org>", "a@b.example, c@d.example" and "<joe@example.org>" all come as one argument.
std::vector<std::string> addresses_in(const std::string& argument) {
    const auto mailboxes = mime::parse_address_list(argument);
    if (!mailboxes) return {argument};  // the envelope's grammar will say what is wrong
    std::vector<std::string> addresses;
    for (const auto& mailbox : *mailboxes) addresses.push_back(mailbox.addr_spec);
    return addresses;
}

Or<std::string> sender_of(const Options& options, const Caller& caller) {
    if (!options.sender) return caller.login;
    if (options.sender->empty() || *options.sender == "<>") return std::string();
    const auto addresses = addresses_in(*options.sender);
    if (addresses.size() != 1) return refuse(EX_USAGE, "-f needs one address");
    return addresses.front();
}

Or<void> add_named_recipients(std::string_view front, std::vector<std::string>& recipients) {
    const auto header = front.substr(0, mime::repair(front, {}).body);
    auto named = mime::named_recipients(header);
    if (!named.unreadable.empty())
        return refuse(EX_DATAERR, fmt::format("the field {} cannot be understood", named.unreadable.front()));
    recipients.insert(recipients.end(), named.recipients.begin(), named.recipients.end());
    return {};
}

// Hostile: "a@b.example>\nRCPT TO:<c@d.example" out of some web form.
Or<void> check(std::string_view address) {
    if (std::ranges::any_of(address, text::is_control)) return refuse(EX_DATAERR, "a control character in an address");
    return {};
}

Or<drop::Envelope> envelope_for(const Options& options, const Caller& caller, std::string_view front) {
    drop::Envelope envelope;
    envelope.name = options.full_name.empty() ? caller.full_name : options.full_name;
    std::erase_if(envelope.name, text::is_control);
    envelope.smtp.reverse_path = TRY(sender_of(options, caller));
    TRY(check(envelope.smtp.reverse_path));
    envelope.smtp.body = options.body;
    envelope.smtp.ret = options.ret;
    envelope.smtp.envelope_id = options.envelope_id;
    std::vector<std::string> recipients;
    for (const auto& argument : options.recipients)
        for (auto& address : addresses_in(argument)) recipients.push_back(std::move(address));
    if (options.reads_recipients) TRY(add_named_recipients(front, recipients));
    if (recipients.empty()) return refuse(options.reads_recipients ? EX_DATAERR : EX_USAGE, "no recipients are named");
    for (const auto& address : recipients) TRY(check(address));
    for (auto& address : recipients) envelope.smtp.recipients.push_back({std::move(address), {}, options.notify});
    return envelope;
}

/// As text, after it was read the way pickup will: what it would refuse is refused here, where somebody listens.
Or<std::string> checked(const drop::Envelope& envelope, const Place& place) {
    auto text = drop::to_text(envelope);
    const auto read = drop::parse_head(text, place.hostname);
    if (read) return text;
    const auto& error = read.error();
    std::string_view line = text;
    for (auto i = error.line; i > 1; --i) line.remove_prefix(std::min(line.size(), line.find('\n') + 1));
    return refuse(EX_DATAERR, fmt::format("{}: {}{}{}", line.substr(0, line.find('\n')), drop::describe(error.code),
                                          error.text.empty() ? "" : ": ", error.text));
}

Or<void> take(const Options& options, const Place& place, const Caller& caller, int descriptor) {
    Input input(descriptor, options.dot_ends);
    std::string text;
    bool more = true;
    while (more && !has_header_end(text)) more = TRY(input.read(text));
    const auto envelope = TRY(envelope_for(options, caller, text));
    const auto head = TRY(checked(envelope, place));

    auto outbox = drop::Outbox::open(place.drop_directory);
    if (!outbox) return refuse(EX_TEMPFAIL, file::to_text(outbox.error()));
    TRY(kept(outbox->write(head)));
    for (std::uint64_t size = 0;;) {
        size += text.size();
        if (size > place.message_size)
            return refuse(EX_UNAVAILABLE, fmt::format("the message is larger than {} octets", place.message_size));
        TRY(kept(outbox->write(text)));
        text.clear();
        if (!more) break;
        more = TRY(input.read(text));
    }
    return kept(outbox->commit());
}

}  // namespace

int submit(const Options& options, const Place& place, const Caller& caller, int input) {
    const auto taken = take(options, place, caller, input);
    if (taken) return EX_OK;
    if (!options.is_quiet) fmt::print(stderr, "sendmail: {}\n", taken.error().text);
    return taken.error().status;
}

}  // namespace sendmail
