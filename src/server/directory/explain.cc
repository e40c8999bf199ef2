#include "directory/explain.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "accounts/records_in_order.h"
#include "clocks/clock.h"
#include "directory/account_name.h"
#include "directory/external.h"
#include "directory/forwards.h"
#include "directory/own_addresses.h"
#include "directory/resolver.h"
#include "directory/rewriting.h"
#include "directory/users.h"
#include "process/secret_line.h"
#include "smtp/domain_of.h"
#include "text/idna.h"

namespace directory {
namespace {

/// A source outside, asked at once: nobody waits for the thread of a command.
class Asked final : public accounts::Records {
public:
    Asked(const sources::Terms& terms, const clocks::Clock& clock) : source_(sources::open(terms, clock)) {
        for (const auto& domain : terms.settings.domains)
            domains_.push_back(text::to_a_labels(domain).value_or(domain));
    }
    accounts::Found<accounts::Domain> domain(std::string_view) override { return std::nullopt; }
    accounts::Found<accounts::Account> account(std::string_view address) override {
        return serves(address) ? source_->account(address) : std::nullopt;
    }
    accounts::Found<accounts::Alias> alias(std::string_view name) override {
        return serves(name) ? source_->alias(name) : std::nullopt;
    }

private:
    bool serves(std::string_view name) const {
        return std::ranges::find(domains_, smtp::domain_of(name)) != domains_.end();
    }
    std::unique_ptr<sources::Source> source_;
    std::vector<std::string> domains_;
};

/// What was made by command, and the sources behind it.
struct AllRecords {
    AllRecords(const Config& config, accounts::Records& own) : gathered(gather_sources(config)) {
        std::vector<accounts::Records*> in_order{&own};
        for (const auto& terms : gathered.terms) {
            terms.whereabouts->use(sources::find_endpoints(terms.settings, {}).found);
            in_order.push_back(&asked.emplace_back(terms, clock));
        }
        all.emplace(std::move(in_order));
    }
    clocks::SystemClock clock;
    Gathered gathered;
    std::deque<Asked> asked;
    std::optional<accounts::RecordsInOrder> all;
};

/// None: they cannot be read, by us at least.
std::vector<std::string> secrets_of(const Config& config) {
    const auto path = site::srs_secret_file(config.srs, config);
    const file::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file) return {};
    return process::secret_lines(file, site::longest_srs_secrets).value_or(std::vector<std::string>());
}

}  // namespace

struct Rules::Parts {
    Parts(const Config& config, accounts::Records& records)
        : resolver(
              config,
              {.own_addresses = own_addresses(config.listen),
               .virtual_uid = 0,
               .virtual_gid = 0,
               .records = &records,
               .rewriting = std::make_shared<const Rewriting>(config.srs, config.hostname, secrets_of(config), clock)},
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

Explanation explain(const Config& config, accounts::Records& records, const smtp::Mailbox& address, bool may_relay,
                    const std::string& reverse_path) {
    AllRecords all(config, records);
    const Rules::Parts parts(config, *all.all);
    const auto& resolver = parts.resolver;
    Explanation explanation{
        .resolution = resolver.explain(address), .mailboxes = {}, .troubles = std::move(all.gathered.troubles)};
    auto& resolution = explanation.resolution;
    if (!address.domain.empty()) {  // a client cannot ask for anybody without a domain
        const LookUp asked{.ticket = 0, .address = smtp::to_text(address), .may_relay = may_relay};
        const auto resolved = resolver.resolve(asked);
        resolution.reply = resolved.reply;
        if (!resolution.reply.is_positive()) resolution.deliveries.clear();
        for (const auto& recipient : resolved.recipients) explanation.sent_on.push_back(is_sent_on(asked, recipient));
    }
    explanation.sent_on.resize(resolution.deliveries.size());
    const auto& rewriting = *resolver.rewriting();
    explanation.is_own_sender = resolver.is_ours(reverse_path);
    if (!reverse_path.empty() && rewriting.has_secret())
        explanation.rewritten = rewriting.rewritten(reverse_path).value_or("");
    if (config.srs.rewrite != site::SrsRewrite::Off && !rewriting.has_secret())
        explanation.troubles.push_back("the secret of rewritten senders cannot be read");
    for (const auto& delivery : resolution.deliveries) explanation.mailboxes.push_back(mailbox_of(resolver, delivery));
    return explanation;
}

Rules::Rules(const Config& config, accounts::Records& records) : parts_(std::make_unique<Parts>(config, records)) {}
Rules::~Rules() = default;

addressing::Resolution Rules::resolve(const smtp::Mailbox& address) const { return parts_->resolver.explain(address); }
const accounts::Book& Rules::book() const { return parts_->resolver.book(); }

}  // namespace directory
