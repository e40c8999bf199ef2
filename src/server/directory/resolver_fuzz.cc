#include "directory/resolver.h"

#include "directory/testing/known_users.h"
#include "fuzz.h"

namespace {

directory::Config configuration() {
    directory::Config config;
    config.hostname = "mx.l.test";
    config.mail_directory = "/mail";
    config.domains["l.test"] = {};
    config.domains["virtual.test"] = {.mailboxes = "/x", .mailbox_list = "ann@virtual.test\n"};
    return config;
}

struct StoppedClock final : clocks::Clock {
    clocks::Wall wall() const override { return clocks::Wall(std::chrono::days(20'000)); }
    clocks::Steady steady() const override { return {}; }
};

}  // namespace

// Whatever the address: nobody relays who may not, unless to whom we signed that it leads back to; each answer is a
// final one, root and strangers have no mailbox, and no mailbox is anywhere but in its place.
FUZZ(address) {
    if (address.size() > 4096) return;
    static directory::testing::KnownUsers users;
    static const StoppedClock clock;
    static const auto rewriting = std::make_shared<const directory::Rewriting>(
        site::Srs{.rewrite = site::SrsRewrite::Needed}, "mx.l.test", std::vector<std::string>{"shared"}, clock);
    static const directory::Resolver resolver(
        configuration(),
        {.own_addresses = {ip::v4(0x7f000001)}, .virtual_uid = 5000, .virtual_gid = 5000, .rewriting = rewriting},
        users);

    const auto resolved = resolver.resolve({.ticket = 1, .address = std::string(address), .may_relay = false});
    VERIFY(resolved.reply.is_positive() == !resolved.recipients.empty());
    VERIFY(resolved.reply.is_positive() || resolved.reply.is_permanent());
    for (const auto& recipient : resolved.recipients) {
        if (recipient.transport == spool::Transport::Relay) {
            const auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
            VERIFY(mailbox && srs::reverse(smtp::to_text(*mailbox), {.secrets = {"shared"}}, 20'000 * 86'400LL) ==
                                  recipient.smtp.address);
            continue;
        }
        VERIFY(recipient.transport == spool::Transport::Local);
        VERIFY(resolver.find({.ticket = 2, .address = recipient.smtp.address}).found == directory::Found::Yes);
    }
    const auto mailbox = resolver.find({.ticket = 2, .address = std::string(address)});
    if (mailbox.found != directory::Found::Yes) return;
    VERIFY(mailbox.uid >= 1000);
    VERIFY(mailbox.home == "/home/u" || mailbox.home == "/mail/virtual.test/ann" ||
           mailbox.home == "/mail/mx.l.test/postmaster");
}
