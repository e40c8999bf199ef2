#include "policyd/reporter.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "aggregate/destinations.h"
#include "aggregate/letter.h"
#include "lang/defer.h"

namespace policyd {
namespace {

constexpr std::int64_t minute = 60;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = reports::seconds_a_day;

/// The same every day, and others for others (FNV-1a).
std::uint64_t spread_of(std::string_view domain) {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
    for (const char c : domain) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
    return hash ^ hash >> 32;
}

std::string date_of(std::int64_t days) {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
    return fmt::format("{:04}{:02}{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

}  // namespace

void Reporter::use(std::string hostname, site::Reports settings) {
    hostname_ = std::move(hostname);
    settings_ = std::move(settings);
}

std::int64_t Reporter::due(const reports::Collected& collected) const {
    const auto spread = static_cast<std::uint64_t>(settings_.spread.count());
    return (collected.day + 1) * day + std::int64_t{settings_.hour} * hour +
           static_cast<std::int64_t>(spread == 0 ? 0 : spread_of(collected.published.domain) % spread);
}

net::Task<void> Reporter::send_due() {
    if (is_sending_) co_return;
    is_sending_ = true;
    const Defer done([this] { is_sending_ = false; });
    co_await forget();
    if (!settings_.send) co_return;
    const auto today = around_.outbox.now() / day;
    auto all = around_.database.due(today);
    if (!all) {
        complain("", accounts::to_text(all.error()));
        co_return;
    }
    for (auto& one : *all) {
        const auto now = around_.outbox.now();
        const auto waits = not_before_.find(one.id);
        if (!settings_.send) co_return;  // not any more
        if (now < due(one) || (waits != not_before_.end() && now < waits->second)) continue;
        const auto id = one.id;
        const auto outcome = co_await send(std::move(one));
        if (outcome == Outcome::Done)
            not_before_.erase(id);
        else
            not_before_[id] = now + (outcome == Outcome::Soon ? minute : hour);
    }
}

net::Task<void> Reporter::forget() {
    const auto now = around_.outbox.now();
    if (forgotten_ == now / day) co_return;
    for (bool is_more = true; is_more;) {
        const auto done = around_.database.forget(now / day - most_days, now - settings_.keep.count());
        if (!done) {
            complain("", accounts::to_text(done.error()));
            co_return;  // tried again the next time
        }
        is_more = *done;
        if (!is_more) forgotten_ = now / day;
        co_await boost::asio::post(around_.context, boost::asio::use_awaitable);
    }
}

net::Task<Reporter::Outcome> Reporter::send(reports::Collected collected) {
    if (taken_.contains(collected.id)) co_return mark(collected) ? Outcome::Done : Outcome::Later;
    const bool may_wait = around_.outbox.now() < due(collected) + day;
    aggregate::Destinations destinations(collected.published.domain, collected.destinations);
    while (const auto question = destinations.question()) destinations.answer(co_await around_.resolver.ask(*question));
    if (destinations.had_temporary_error() && may_wait) co_return Outcome::Later;
    auto records = around_.database.records(collected.id);
    if (!records) {
        complain(collected.published.domain, accounts::to_text(records.error()));
        co_return Outcome::Later;
    }
    const auto report = report_of(collected, *std::move(records));
    std::vector<std::string> addresses;
    for (const auto& one : destinations.found()) addresses.push_back(one.address);
    const auto size = letter_of(report, addresses).size();
    addresses.clear();
    for (const auto& [address, most] : destinations.found())
        if (most == 0 || size <= most) addresses.push_back(address);
    auto resolved = co_await around_.outbox.resolve(addresses);
    if (resolved.is_temporary && may_wait) co_return Outcome::Soon;
    if (!resolved.refusal.empty()) complain(collected.published.domain, resolved.refusal);
    if (resolved.recipients.empty() || report.records.empty())
        co_return mark(collected) ? Outcome::Done : Outcome::Later;
    const auto sent = co_await around_.outbox.send(hostname_, letter_of(report, resolved.addresses), /*is_8bit=*/false,
                                                   std::move(resolved.recipients));
    if (!sent) {
        complain(collected.published.domain, sent.error());
        co_return Outcome::Later;
    }
    taken_.insert(collected.id);
    around_.log.event(logs::Event::ReportSent, *sent,
                      {{"domain", collected.published.domain},
                       {"messages", collected.messages},
                       {"recipients", resolved.addresses.size()}});
    co_return mark(collected) ? Outcome::Done : Outcome::Later;
}

/// That there is no more to do about it.
bool Reporter::mark(const reports::Collected& collected) {
    const auto marked = around_.database.mark_sent(collected.id, around_.outbox.now());
    if (!marked) complain(collected.published.domain, accounts::to_text(marked.error()));
    if (marked) taken_.erase(collected.id);
    return marked.has_value();
}

std::string Reporter::author() const { return settings_.from.empty() ? "postmaster@" + hostname_ : settings_.from; }

aggregate::Report Reporter::report_of(const reports::Collected& collected,
                                      std::vector<aggregate::Record> records) const {
    aggregate::Report report{
        .organization = settings_.organization.empty() ? hostname_ : settings_.organization,
        .email = author(),
        .id = fmt::format("{}.{}.{}", date_of(collected.day), collected.id, collected.published.domain),
        .begin = collected.day * day,
        .end = (collected.day + 1) * day - 1,
        .generator = "Hermod " HERMOD_VERSION,
        .published = collected.published,
        .records = std::move(records)};
    if (collected.left_out > 0)
        report.errors.push_back(fmt::format("{} messages of more kinds are not in this report", collected.left_out));
    return report;
}

std::string Reporter::letter_of(const aggregate::Report& report, std::vector<std::string> addresses) const {
    return aggregate::to_text({.from = {"", author()},
                               .to = std::move(addresses),
                               .submitter = hostname_,
                               .date = {.unix_seconds = around_.outbox.now()},
                               .report = report});
}

void Reporter::complain(const std::string& domain, const std::string& reason) {
    around_.log.event(
        logs::Event::Warning,
        {{"reason", fmt::format("report of DMARC{}{}: {}", domain.empty() ? "" : " about ", domain, reason)}});
}

}  // namespace policyd
