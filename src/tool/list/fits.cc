#include "list/fits.h"

#include <fmt/format.h>

#include <algorithm>

#include "check/directory_records.h"
#include "check/load_all.h"
#include "config/load.h"
#include "directory/explain.h"
#include "lang/try.h"
#include "smtp/path.h"
#include "text/escape.h"
#include "text/idna.h"

namespace list {
namespace {

using addressing::Existence;

class Fitting {
public:
    Fitting(const directory::Config& config, accounts::Records& records) : config_(config), rules_(config_, records) {}

    Result<> list(const smtp::Mailbox& list) const {
        const auto& book = rules_.book();
        const auto domain = book.domain(list.domain);
        if (domain.is_unknown()) return refuse(75, "the directory cannot be asked now");
        if (!domain || domain->is_relayed)
            return refuse(1, fmt::format("{} is no domain of this server: `hermod domain add {}` makes it one",
                                         list.domain, list.domain));
        if (!domain->same_as.empty())
            return refuse(1, fmt::format("{} is the same as {}: make the list there", list.domain, domain->same_as));
        const auto name = smtp::to_text(list);
        if (book.alias(name) || (domain->has_users && book.alias(list.local_part)))
            return refuse(1, fmt::format("there is an alias {}: mail for the list would go where it leads", name));
        const bool is_somebodys = book.mailbox(list.local_part, list.domain) == Existence::Yes ||
                                  (domain->has_users && book.user(list.local_part) == Existence::Yes);
        if (is_somebodys) return refuse(1, fmt::format("{} is there already", name));
        return {};
    }

    Result<> owner(const std::string& typed) const {
        const auto address = smtp::parse_mailbox(typed, smtp::Utf8::Allowed);
        if (!address) return refuse(2, fmt::format("\"{}\" is no address", text::escaped(typed)));
        const auto is_elsewhere = [&](const site::AccountSource& source) {
            return std::ranges::any_of(source.domains, [&](const std::string& domain) {
                return text::to_a_labels(domain).value_or(domain) == address->domain;
            });
        };
        if (std::ranges::any_of(config_.accounts, is_elsewhere)) return {};
        const auto resolution = rules_.resolve(*address);
        if (!resolution.is_foreign && resolution.reply.is_permanent())
            return refuse(1, fmt::format("{} gets no mail here: {}", typed, resolution.reply.text));
        return {};
    }

private:
    directory::Config config_;
    directory::Rules rules_;
};

}  // namespace

Result<> fits(const std::string& configuration, const std::string& address, const std::vector<std::string>& owners) {
    const auto loaded = check::load_all(configuration);
    if (!loaded) return {};  // Place::open() says what is wrong with it
    check::DirectoryRecords records(loaded->master);
    if (!records.unreadable().empty()) return refuse(75, "the directory cannot be read: " + records.unreadable());
    const Fitting fitting(config::load<directory::Config>(loaded->text), records);
    const auto list = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
    if (!list) return refuse(2, fmt::format("\"{}\" is no address", text::escaped(address)));
    TRY(fitting.list(*list));
    for (const auto& owner : owners) TRY(fitting.owner(owner));
    return {};
}

}  // namespace list
