#include "directory/explain.h"

#include <fmt/format.h>

#include "clocks/clock.h"
#include "directory/own_addresses.h"
#include "directory/resolver.h"
#include "directory/users.h"

namespace directory {

struct Rules::Parts {
    Parts(const Config& config, accounts::Records& records)
        : resolver(
              config,
              {.own_addresses = own_addresses(config.listen), .virtual_uid = 0, .virtual_gid = 0, .records = &records},
              users) {}

    clocks::SystemClock clock;
    SystemUsers users{clock};
    Resolver resolver;
};

namespace {

/// What directory itself cannot know is in the user's home.
std::string mailbox_of(const Resolver& resolver, const addressing::Delivery& delivery) {
    const bool has_target = addressing::is_target(delivery);
    if (delivery.kind != addressing::Delivery::Kind::Mailbox && !has_target) return {};
    const auto mailbox = resolver.find({.ticket = 0,
                                        .address = smtp::to_text(delivery.address),
                                        .target = has_target ? addressing::target_text(delivery) : ""});
    if (mailbox.found != Found::Yes) return "nothing: " + mailbox.reason;
    if (mailbox.is_list) return fmt::format("hermod list deliver (as {})", mailbox.user);
    if (!mailbox.command.empty()) return fmt::format("{} (as {})", mailbox.command, mailbox.user);
    const auto place = mailbox.path.empty() ? mailbox.home : mailbox.home + "/" + mailbox.path;
    switch (mailbox.instructions) {
        case Instructions::None: break;
        case Instructions::Forward: return mailbox.home + "/.forward, else " + place;
        case Instructions::Qmail:
            if (!mailbox.has_extension) return mailbox.home + "/.qmail, else " + place;
            return mailbox.home + "/.qmail-" + mailbox.extension + " or a default of it, else nobody";
    }
    return place;
}

}  // namespace

Explanation explain(const Config& config, accounts::Records& records, const smtp::Mailbox& address, bool may_relay) {
    const Rules::Parts parts(config, records);
    const auto& resolver = parts.resolver;
    Explanation explanation{.resolution = resolver.explain(address), .mailboxes = {}};
    auto& resolution = explanation.resolution;
    if (!address.domain.empty()) {  // a client cannot ask for anybody without a domain
        resolution.reply =
            resolver.resolve({.ticket = 0, .address = smtp::to_text(address), .may_relay = may_relay}).reply;
        if (!resolution.reply.is_positive()) resolution.deliveries.clear();
    }
    for (const auto& delivery : resolution.deliveries) explanation.mailboxes.push_back(mailbox_of(resolver, delivery));
    return explanation;
}

Rules::Rules(const Config& config, accounts::Records& records) : parts_(std::make_unique<Parts>(config, records)) {}
Rules::~Rules() = default;

addressing::Resolution Rules::resolve(const smtp::Mailbox& address) const { return parts_->resolver.explain(address); }
const accounts::Book& Rules::book() const { return parts_->resolver.book(); }

}  // namespace directory
