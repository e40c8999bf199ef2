// hermod vacation set, clear, show: for accounts that are no users of this system, and so have no .qmail file.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <iostream>
#include <iterator>

#include "account/desk.h"
#include "answered/record.h"
#include "check/directory_records.h"
#include "check/load_all.h"
#include "config/load.h"
#include "directory/explain.h"
#include "dotcommands/day.h"
#include "dotcommands/run.h"
#include "lang/try.h"
#include "owner/folder.h"
#include "text/ascii.h"
#include "text/escape.h"
#include "text/utf8.h"
#include "vacation/away.h"

namespace dotcommands {
namespace {

using account::refuse;
using account::Result;

struct Request {
    check::ConfigurationPath configuration;
    std::string address;
    std::string since;
    std::string until;
    vacation::Away away;
};

/// "virtual.example/ann", below the directory of mailboxes. The error: mail for it goes elsewhere.
Result<std::string> place_of(const directory::Config& config, const std::string& address) {
    const auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
    if (!mailbox) return refuse(account::misused, fmt::format("\"{}\" is no address", text::escaped(address)));
    check::DirectoryRecords records(config);
    if (!records.unreadable().empty()) return refuse(account::temporary, records.unreadable());
    const auto explanation = directory::explain(config, records, *mailbox, /*may_relay=*/false);
    const auto& deliveries = explanation.resolution.deliveries;
    auto prefix = config.mail_directory;
    if (!prefix.ends_with('/')) prefix += '/';
    const bool is_account = deliveries.size() == 1 && deliveries.front().kind == addressing::Delivery::Kind::Mailbox &&
                            explanation.mailboxes.front().starts_with(prefix);
    if (!is_account)
        return refuse(account::no, fmt::format("{} is not one mailbox below {}; users of this system have vacation in "
                                               ".qmail or .forward",
                                               text::escaped(address), config.mail_directory));
    return explanation.mailboxes.front().substr(prefix.size());
}

/// The mailbox's own folder, as whose owner we go on.
Result<file::Descriptor> open_mailbox(const Request& request) {
    const auto loaded = check::load_all(request.configuration.path);
    if (!loaded) return refuse(account::misused, config::to_text(loaded.error().front()));
    const auto config = config::load<directory::Config>(loaded->text);
    const auto place = TRY(place_of(config, request.address));
    TRY(account::become_owner(config.mail_directory));
    ::umask(077);
    const file::Descriptor base(::open(config.mail_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!base) return refuse(account::no, fmt::format("{}: {}", config.mail_directory, std::strerror(errno)));
    auto home = owner::open_home(base.get(), place, owner::Base::MailDirectory, ::geteuid());
    if (!home) return refuse(account::no, fmt::format("{}: {}", place, home.error().detail));
    return *std::move(home);
}

Result<> to_result(const file::Result<void>& done) {
    if (!done) return refuse(account::no, file::to_text(done.error()));
    return {};
}

/// Whoever was answered before hears the new text too.
Result<> set(Request& request) {
    auto& away = request.away;
    const auto since = parse_day(request.since, 0), until = parse_day(request.until, 1);
    if (!since || !until) return refuse(account::misused, "a day is written 2026-12-24");
    if (!request.since.empty()) away.since = *since;
    if (!request.until.empty()) away.until = *until;
    away.text.assign(std::istreambuf_iterator<char>(std::cin), {});
    if (!text::is_utf8(away.text)) return refuse(account::misused, "the text is not UTF-8");
    const auto file = vacation::to_text(away);
    if (away.text.empty() || file.size() > vacation::longest_away)
        return refuse(account::misused, "the text comes on standard input, 256 KiB at most");
    const auto home = TRY(open_mailbox(request));
    TRY(to_result(answered::write_notice(home.get(), vacation::away_file, file)));
    return to_result(answered::forget_all(home.get(), vacation::answered_file));
}

Result<> clear(Request& request) {
    const auto home = TRY(open_mailbox(request));
    TRY(to_result(answered::forget_all(home.get(), vacation::away_file)));
    return to_result(answered::forget_all(home.get(), vacation::answered_file));
}

Result<> show(Request& request) {
    const auto home = TRY(open_mailbox(request));
    const auto text = answered::read_notice(home.get(), vacation::away_file, vacation::longest_away);
    if (!text && text.error().is_absent()) return refuse(account::no, fmt::format("{} is not away", request.address));
    if (!text) return refuse(account::no, file::to_text(text.error()));
    const auto away = vacation::parse_away(*text);
    const auto day_of = [](std::int64_t seconds) {
        char day[32] = "";
        const std::time_t time = seconds;
        std::tm local{};
        if (::localtime_r(&time, &local)) std::strftime(day, sizeof day, "%Y-%m-%d", &local);
        return std::string(day);
    };
    fmt::print("{}: {}", request.address, away.is_now(std::time(nullptr)) ? "away" : "not away now");
    if (away.since > 0) fmt::print(", since {}", day_of(away.since));
    if (away.until > 0) fmt::print(", until {}", day_of(away.until - 1));
    fmt::print("; each sender is answered once in {} days\n\n{}", away.days, away.text);
    return {};
}

}  // namespace

bool is_for_account(std::string_view word) { return word == "set" || word == "clear" || word == "show"; }

int vacation_of_account(std::span<char*> arguments) {
    CLI::App app("Answers in the name of an account that is away", "hermod vacation");
    Request request;
    using Action = Result<> (*)(Request&);
    struct Form {
        const char* name;
        const char* meaning;
        Action action;
    };
    Action chosen = nullptr;
    for (const auto& [name, meaning, action] :
         {Form{"set", "answer, with the text on standard input", set}, Form{"clear", "answer no more", clear},
          Form{"show", "what is answered", show}}) {
        auto* command = app.add_subcommand(name, meaning);
        request.configuration.add_to(*command);
        command->add_option("ACCOUNT", request.address, "Its address")->required();
        command->callback([&chosen, chooses = action] { chosen = chooses; });
        if (action != set) continue;
        command->add_option("--since", request.since, "Nobody is answered before that day")->type_name("DATE");
        command->add_option("--until", request.until, "Nor after that one")->type_name("DATE");
        command->add_option("--subject", request.away.subject, "Of the answer")->type_name("TEXT");
        command->add_option("--address", request.away.addresses, "Also his")->type_name("ADDRESS");
        command->add_option("--days", request.away.days, "Each sender is answered once in that time")
            ->check(CLI::Range(1, 365));
    }
    app.require_subcommand(1);
    if (const auto status = check::parse(app, arguments)) return *status;
    return account::report("hermod vacation", chosen(request));
}

}  // namespace dotcommands
