#include "feedback/run.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <ctime>

#include "aggregate/xml.h"
#include "check/arguments.h"
#include "feedback/place.h"
#include "lang/try.h"
#include "text/ascii.h"
#include "text/counted.h"
#include "text/escape.h"
#include "text/idna.h"

namespace feedback {
namespace {

namespace json = boost::json;
using reports::seconds_a_day;

constexpr std::int64_t most_sources = 1000;
constexpr std::int64_t most_reports = 1000;

struct Request {
    check::ConfigurationPath configuration;
    std::string domain;
    std::uint32_t days = 90;
    bool json = false;
    std::int64_t since() const { return std::time(nullptr) - std::int64_t{days} * seconds_a_day; }
};

template <typename T>
Result<T> told(reports::Result<T> result) {
    if (!result) return account::refuse(account::temporary, "the reports: " + accounts::to_text(result.error()));
    return *std::move(result);
}

std::string date(std::int64_t day) {
    const std::chrono::year_month_day found{std::chrono::sys_days(std::chrono::days(day))};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(found.year()), static_cast<unsigned>(found.month()),
                       static_cast<unsigned>(found.day()));
}
std::string date_of(std::int64_t seconds) { return date(seconds / seconds_a_day); }

std::string counts(std::uint64_t messages, std::uint64_t passed) {
    return fmt::format("{}, {} passed, {} failed", text::counted(messages, "message"), passed, messages - passed);
}

Result<> list(const Request& request) {
    const auto database = TRY(open(request.configuration.path));
    const auto all = TRY(told(database->domains(request.since())));
    if (request.json) {
        json::array domains;
        for (const auto& one : all)
            domains.push_back(json::object{{"domain", text::escaped(one.domain)},
                                           {"reports", one.reports},
                                           {"messages", one.messages},
                                           {"passed", one.passed},
                                           {"failed", one.messages - one.passed},
                                           {"first", one.first},
                                           {"last", one.last}});
        fmt::print("{}\n", json::serialize(domains));
        return {};
    }
    for (const auto& one : all)
        fmt::print("{}: {}, {} to {}: {}\n", text::escaped(one.domain), text::counted(one.reports, "report"),
                   date_of(one.first), date_of(one.last), counts(one.messages, one.passed));
    return {};
}

json::array days_json(const std::vector<reports::DaySummary>& days) {
    json::array all;
    for (const auto& one : days)
        all.push_back(json::object{{"day", date(one.day)},
                                   {"messages", one.messages},
                                   {"passed", one.passed},
                                   {"failed", one.messages - one.passed}});
    return all;
}

json::array sources_json(const std::vector<reports::SourceSummary>& sources) {
    json::array all;
    for (const auto& one : sources)
        all.push_back(json::object{{"source", one.source},
                                   {"messages", one.messages},
                                   {"passed", one.passed},
                                   {"failed", one.messages - one.passed},
                                   {"dkim", one.dkim},
                                   {"spf", one.spf},
                                   {"quarantined", one.quarantined},
                                   {"rejected", one.rejected}});
    return all;
}

json::array reports_json(const std::vector<reports::ReportSummary>& received) {
    json::array all;
    for (const auto& one : received)
        all.push_back(json::object{{"organization", text::escaped(one.organization)},
                                   {"report_id", text::escaped(one.report_id)},
                                   {"email", text::escaped(one.email)},
                                   {"begin", one.first},
                                   {"end", one.last},
                                   {"sender", text::escaped(one.origin.sender)},
                                   {"sender_is_proved", one.origin.is_proved},
                                   {"messages", one.messages}});
    return all;
}

Result<> show(const Request& request) {
    const auto database = TRY(open(request.configuration.path));
    const auto domain = text::lower(text::to_a_labels(request.domain).value_or(request.domain));
    const auto days = TRY(told(database->days(domain, request.since())));
    const auto sources = TRY(told(database->sources(domain, request.since(), most_sources)));
    const auto received = TRY(told(database->received(domain, request.since(), most_reports)));
    if (received.empty() && !request.json)
        return account::refuse(account::no, "nobody has reported about " + text::escaped(domain));
    if (request.json) {
        fmt::print("{}\n", json::serialize(json::object{{"domain", domain},
                                                        {"days", days_json(days)},
                                                        {"sources", sources_json(sources)},
                                                        {"reports", reports_json(received)}}));
        return {};
    }
    fmt::print("By day\n");
    for (const auto& one : days) fmt::print("  {}  {}\n", date(one.day), counts(one.messages, one.passed));
    fmt::print("By source\n");
    for (const auto& one : sources)
        fmt::print("  {}  {}; by DKIM {}, by SPF {}; quarantined {}, rejected {}\n", text::escaped(one.source),
                   counts(one.messages, one.passed), one.dkim, one.spf, one.quarantined, one.rejected);
    fmt::print("By reporter\n");
    for (const auto& one : received)
        fmt::print("  {}  {}  {}, {} (report {}, sent by {}{})\n", date_of(one.first), text::escaped(one.organization),
                   text::escaped(one.email), text::counted(one.messages, "message"), text::escaped(one.report_id),
                   one.origin.sender.empty() ? "nobody known" : text::escaped(one.origin.sender),
                   one.origin.is_proved ? "" : ", not proved");
    return {};
}

Result<> collected(const Request& request) {
    const auto database = TRY(open(request.configuration.path));
    json::array rows;
    for (const auto& one : TRY(told(database->collected()))) {
        std::string wanted_by;
        for (const auto& uri : one.destinations) wanted_by += (wanted_by.empty() ? "" : " ") + text::escaped(uri.uri);
        if (request.json)
            rows.push_back(json::object{{"day", date(one.day)},
                                        {"domain", text::escaped(one.published.domain)},
                                        {"messages", one.messages},
                                        {"left_out", one.left_out},
                                        {"wanted_by", wanted_by},
                                        {"sent", one.sent}});
        else
            fmt::print("{}  {}  {}, wanted by {}: {}\n", date(one.day), text::escaped(one.published.domain),
                       text::counted(one.messages, "message"), wanted_by, one.sent ? "done" : "waits");
    }
    if (request.json) fmt::print("{}\n", json::serialize(rows));
    return {};
}

using Action = Result<> (*)(const Request&);

CLI::App* add_command(CLI::App& app, Request& request, const char* name, const char* meaning, Action& chosen,
                      Action action) {
    auto* command = app.add_subcommand(name, meaning);
    request.configuration.add_to(*command);
    command->add_flag("--json", request.json, "Print JSON");
    if (action != collected)
        command->add_option("--days", request.days, "How far back; 90 where nothing is said")
            ->check(CLI::Range(1u, 4000u))
            ->type_name("N");
    command->callback([&chosen, action] { chosen = action; });
    return command;
}

}  // namespace

int run(std::span<char*> arguments) {
    CLI::App app("Aggregate reports of DMARC: those of others, and ours", "hermod reports");
    Request request;
    Action chosen = nullptr;
    add_command(app, request, "list", "the domains that others have reported about", chosen, list);
    add_command(app, request, "show", "what they say of one, by day, source and reporter", chosen, show)
        ->add_option("DOMAIN", request.domain, "Where the DMARC record is")
        ->required();
    add_command(app, request, "collected", "what we have counted about others", chosen, collected);
    app.require_subcommand(1);
    if (const auto status = check::parse(app, arguments)) return *status;
    return account::report("hermod reports", chosen(request));
}

}  // namespace feedback
