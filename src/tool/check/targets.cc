#include "check/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "accounts/book.h"
#include "addressbook/configured_book.h"
#include "check/homes.h"
#include "config/load.h"
#include "directory/config.h"
#include "smtp/path.h"
#include "text/escape.h"
#include "text/idna.h"

namespace check {
namespace {

using addressing::Alias;
using addressing::Target;

class Finding {
public:
    Finding(const accounts::Book& book, const std::vector<site::AccountSource>& sources) : book_(book) {
        for (const auto& source : sources)
            for (const auto& domain : source.domains) elsewhere_.insert(text::to_a_labels(domain).value_or(domain));
    }

    void look_at(const std::string& name, const Alias& alias) {
        for (const auto& target : alias.targets) {
            const bool is_address = target.kind == Target::Kind::Address || target.kind == Target::Kind::Mailbox;
            if (is_address && is_missing(target.text))
                problems_.push_back(
                    {.file = alias.place.file,
                     .line = alias.place.line,
                     .column = alias.place.line > 0 ? 1U : 0U,
                     .key = {},
                     .problem = fmt::format("alias {} leads to {}, and there is nobody of that name here",
                                            text::escaped(name), text::escaped(target.text)),
                     .remedy = {}});
        }
    }
    void look_at_reflector(const std::string& address) {
        const auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Refused);
        if (!mailbox || !addressing::resolve(book_, book_.rules(), *mailbox).is_foreign) return;
        problems_.push_back(
            {.file = {},
             .line = 0,
             .column = 0,
             .key = "reflector.address",
             .problem = fmt::format("{} is of no domain of ours: nobody is answered", text::escaped(address)),
             .remedy = "name an address of a domain in [domains]"});
    }
    config::Problems take() { return std::move(problems_); }

private:
    bool is_missing(const std::string& address) const {
        const auto whole = address.contains('@') ? address : address + "@" + book_.rules().hostname;
        const auto mailbox = smtp::parse_mailbox(whole, smtp::Utf8::Allowed);
        if (!mailbox || elsewhere_.contains(mailbox->domain)) return false;
        const auto resolution = addressing::resolve(book_, book_.rules(), *mailbox);
        return !resolution.is_foreign && resolution.reply.code == 550 && resolution.rounds.empty() &&
               resolution.reply.enhanced == "5.1.1";
    }

    const accounts::Book& book_;
    std::set<std::string, std::less<>> elsewhere_;
    config::Problems problems_;
};

}  // namespace

config::Problems find_lost_addresses(const std::string& text, DirectoryRecords& records) {
    auto config = config::load<directory::Config>(text);
    const Homes homes(config);
    const auto sources = config.accounts;
    const addressbook::ConfiguredBook configured({.hostname = config.hostname,
                                                  .postmaster = config.postmaster,
                                                  .domains = std::move(config.domains),
                                                  .addressing = std::move(static_cast<site::Addressing&>(config)),
                                                  .own_addresses = {}},
                                                 [&](std::string_view name) { return homes.user(name); });
    const accounts::Book book(configured, records);
    Finding finding(book, sources);
    for (const auto& [name, alias] : configured.aliases()) finding.look_at(name, alias);
    std::vector<std::string> made;
    static_cast<void>(records.for_each_entrance([&](std::string name) { made.push_back(std::move(name)); }));
    for (const auto& name : made) {
        if (const auto alias = book.alias(name); alias && !configured.aliases().contains(name))
            finding.look_at(name, *alias);
    }
    for (const auto& address : config.reflector.address) finding.look_at_reflector(address);
    auto problems = finding.take();
    std::ranges::sort(problems, {},
                      [](const config::Problem& one) { return std::tie(one.file, one.line, one.problem); });
    return problems;
}

}  // namespace check
