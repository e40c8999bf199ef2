#include "list/deliver.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <optional>

#include "drop/forward.h"
#include "drop/letter.h"
#include "drop/outbox.h"
#include "lang/try.h"
#include "list/desk.h"
#include "list/patience.h"
#include "listbook/names.h"
#include "resolver/blocking.h"

namespace list {
namespace {

constexpr std::size_t largest = 128 * 1024 * 1024;
constexpr std::chrono::seconds longest_lock{60};

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

std::expected<std::string, Outcome> read_message() {
    std::string message;
    char piece[65536];
    for (;;) {
        const auto got = ::read(STDIN_FILENO, piece, sizeof piece);
        if (got == 0) return message;
        if (got < 0 && errno != EINTR) return std::unexpected(not_now("the message cannot be read"));
        if (got > 0) message.append(piece, static_cast<std::size_t>(got));
        if (message.size() > largest) return std::unexpected(Outcome{100, "The message is too large for a list"});
    }
}

file::Result<void> leave(const Departure& departure, const std::string& drop_directory) {
    for (auto& envelope : drop::envelopes_of_forward(departure.reverse_path, departure.recipients)) {
        if (departure.is_lists) envelope.kind = drop::Kind::List;
        auto outbox = TRY(drop::Outbox::open(drop_directory));
        TRY(outbox.write(drop::to_text(envelope)));
        TRY(outbox.write(departure.text_before));
        TRY(outbox.write(departure.text));
        TRY(outbox.commit());
    }
    return {};
}

/// Whatever goes wrong, the posting is sent: unlocked, a member may have it twice; not sent, never.
file::Descriptor lock(const std::string& folder, std::int64_t list) {
    const auto path = fmt::format("{}/sending.{}", folder, list);
    file::Descriptor held(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    while (held && ::flock(held.get(), LOCK_EX) != 0 && errno == EINTR) {
    }
    return held;
}

/// A resolver, once somebody wants to know something.
class Dns {
public:
    explicit Dns(const site::Dns& settings) : settings_(Patience::limited(settings)) {}

    dns::Answer ask(const dns::Question& question) {
        if (!opened_) opened_ = resolver::Blocking::open(settings_);
        if (!*opened_) return dns::failed(opened_->error());
        return (*opened_)->ask(question);
    }

private:
    site::Dns settings_;
    std::optional<std::expected<resolver::Blocking, std::string>> opened_;
};

Outcome deal_with(const Delivery& delivery) {
    const auto recipient = variable("RECIPIENT");
    if (recipient.empty()) return not_now("RECIPIENT is not set: this is for the server to call");
    auto database = listbook::Database::open(listbook::database_file(delivery.folder),
                                             accounts::Connection::Missing::Fails, longest_lock);
    if (!database) return not_now("lists: " + accounts::to_text(database.error()));
    const auto message = read_message();
    if (!message) return message.error();
    Dns dns(delivery.dns);
    const clocks::SystemClock clock;
    Patience patience(clock, [&](const dns::Question& question) { return dns.ask(question); });
    Desk desk(**database, {.now = std::time(nullptr),
                           .hostname = delivery.hostname,
                           .random = drop::unique_name,
                           .send = [&](const Departure& departure) -> std::expected<void, std::string> {
                               if (auto left = leave(departure, delivery.drop_directory); !left)
                                   return std::unexpected(file::to_text(left.error()));
                               return {};
                           },
                           .lock = [&](std::int64_t list) { return lock(delivery.folder, list); },
                           .ask = [&](const dns::Question& question) { return patience.ask(question); }});
    return desk.take(recipient, variable("SENDER"), *message);
}

}  // namespace

int deliver(const Delivery& delivery) {
    ::umask(077);
    const auto [status, text] = deal_with(delivery);
    if (!text.empty()) fmt::print("{}\n", text);
    return status;
}

}  // namespace list
