#include "policyd/report_intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "aggregate/compression.h"
#include "aggregate/letter.h"
#include "aggregate/xml.h"
#include "lang/defer.h"
#include "text/ascii.h"

namespace policyd {

bool is_for(std::span<const std::string> recipients, std::span<const std::string> addresses) {
    return std::ranges::any_of(addresses, [&](const std::string& address) {
        return std::ranges::any_of(recipients,
                                   [&](const auto& one) { return text::equal_ignoring_case(one, address); });
    });
}

net::Task<void> ReportIntake::yield() { co_await boost::asio::post(context_, boost::asio::use_awaitable); }

net::Task<void> ReportIntake::take(std::shared_ptr<const Content> message, reports::Origin origin) {
    const auto leave_out = [&](std::string_view why) {
        log_.event(logs::Event::Warning,
                   {{"reason", fmt::format("a report of DMARC from {} was not read: {}", origin.sender, why)}});
    };
    if (message->size() > longest_message) co_return leave_out("the message is too long");
    if (waiting_ >= most_waiting) co_return leave_out("too many have come at a time");
    ++waiting_;
    boost::asio::steady_timer timer(context_);
    while (under_way_ >= most_at_a_time) {
        timer.expires_after(std::chrono::milliseconds(50));
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
    --waiting_;
    ++under_way_;
    const Defer done([this] { --under_way_; });
    co_await read(*message, std::move(origin));
}

net::Task<void> ReportIntake::read(const Content& message, reports::Origin origin) {
    std::string text;
    const bool is_there = co_await message.read([&](std::string_view piece) { text += piece; });
    std::string trouble = "the message cannot be read";
    if (is_there) trouble = co_await trouble_with(text, origin);
    if (!trouble.empty())
        log_.event(logs::Event::Warning,
                   {{"reason", fmt::format("a report of DMARC from {} was not read: {}", origin.sender, trouble)}});
}

/// Empty: it is in the database.
net::Task<std::string> ReportIntake::trouble_with(std::string_view message, const reports::Origin& origin) {
    const auto attachment = aggregate::find_attachment(message);
    if (!attachment) co_return "there is none in the message";
    aggregate::Unpacking unpacking(*attachment);
    aggregate::Reader reader;
    while (true) {
        co_await yield();
        const auto piece = unpacking.next();
        if (!piece) co_return std::string(describe(piece.error()));
        if (piece->empty() || !reader.add(*piece)) break;
    }
    const auto report = reader.finish();
    if (!report) co_return fmt::format("{} (line {})", describe(report.error().code), report.error().line);
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
    reports::Arrival arrival(database_, *report, origin, now);
    for (bool is_more = true; is_more;) {
        co_await yield();
        const auto stepped = arrival.step();
        if (!stepped) co_return accounts::to_text(stepped.error());
        is_more = *stepped;
    }
    if (arrival.is_new())
        log_.event(logs::Event::ReportReceived, {{"domain", report->published.domain},
                                                 {"organization", report->organization},
                                                 {"report", report->id},
                                                 {"records", report->records.size()}});
    co_return "";
}

}  // namespace policyd
