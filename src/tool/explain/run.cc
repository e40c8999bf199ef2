#include "explain/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "check/arguments.h"
#include "check/directory_records.h"
#include "check/load_all.h"
#include "config/load.h"
#include "explain/explanation.h"
#include "explain/sender.h"

namespace explain {
namespace {

struct Question {
    check::ConfigurationPath configuration;
    std::string to;
    Sender sender;
    bool has_sender = false;
    bool may_relay = false;
    bool json = false;
};

int answer(const Question& question, const smtp::Mailbox& address, const std::string& configuration) {
    const auto config = config::load<directory::Config>(configuration);
    check::DirectoryRecords records(config);
    if (!records.unreadable().empty())
        fmt::print(stderr, "hermod explain: what was made by command is left out: {}\n", records.unreadable());
    const auto& from = question.sender.reverse_path;
    auto explained = directory::explain(config, records, address, question.may_relay, from);
    std::optional<SendingOn> sending_on;
    if (question.has_sender && std::ranges::count(explained.sent_on, true) > 0)
        sending_on = explain_sending_on(configuration, explained, from);
    for (const auto& trouble : explained.troubles) fmt::print(stderr, "hermod explain: {}\n", trouble);
    auto explanation = explain(address, std::move(explained), config::load<qmgr::Config>(configuration).route);
    explanation.sending_on = std::move(sending_on);
    fmt::print("{}{}", question.json ? to_json(explanation) : to_text(explanation), question.json ? "\n" : "");
    return explanation.resolution.reply.is_positive() ? 0 : 1;
}

}  // namespace

int run(std::span<char*> arguments) {
    CLI::App app("What would happen to mail for an address, and why, without doing it.", "hermod explain");
    Question question;
    question.configuration.add_to(app);
    auto* to = app.add_option("--to", question.to, "The recipient")->type_name("ADDRESS");
    app.add_flag("--relay", question.may_relay, "As for a client that may relay")->needs(to);
    auto* client =
        app.add_option("--ip", question.sender.client, "Of a sender: the client")->type_name("ADDRESS")->excludes(to);
    app.add_option("--helo", question.sender.helo, "What it says in HELO or EHLO")->type_name("NAME")->needs(client);
    auto* from = app.add_option("--from", question.sender.reverse_path, "The envelope sender; empty: the null sender")
                     ->type_name("ADDRESS");
    app.add_flag("--json", question.json, "Print one JSON object");
    if (const auto status = check::parse(app, arguments)) return *status;

    question.has_sender = !from->empty();
    if (to->empty() && client->empty()) {
        fmt::print(stderr,
                   "hermod explain: whose mail? --to ADDRESS, with --from for its sender; or --ip ADDRESS with --helo "
                   "and --from\n");
        return 2;
    }
    if (!client->empty()) return explain_sender(question.configuration.path, question.sender, question.json);

    auto address = smtp::parse_mailbox(question.to, smtp::Utf8::Allowed);
    if (!address && !question.to.contains('@') && !question.to.empty())
        address = smtp::Mailbox{.local_part = question.to, .domain = {}, .literal = {}};
    if (!address) {
        fmt::print(stderr, "hermod explain: {} is no address: {}\n", config::toml_string(question.to),
                   smtp::describe(address.error().code));
        return 2;
    }
    const auto loaded = check::load_all(question.configuration.path);
    if (!loaded) {
        for (const auto& problem : loaded.error()) fmt::print(stderr, "{}\n", config::to_text(problem));
        return 2;
    }
    return answer(question, *address, loaded->text);
}

}  // namespace explain
