#include "explain/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <optional>

#include "authentication/message_input.h"
#include "authentication/surroundings.h"
#include "check/arguments.h"
#include "check/directory_records.h"
#include "check/load_all.h"
#include "config/load.h"
#include "explain/explanation.h"
#include "explain/message.h"
#include "explain/sender.h"
#include "lang/try.h"

namespace explain {
namespace {

struct Question {
    check::ConfigurationPath configuration;
    std::string to;
    Sender sender;
    bool has_sender = false;
    bool has_recipient = false;
    bool may_relay = false;
    bool json = false;
    authentication::MessageInput message;
    bool has_message = false;
};

int refuse(const std::string& why) {
    fmt::print(stderr, "hermod explain: {}\n", why);
    return 2;
}

int status_of(const smtp::Reply& reply) {
    if (reply.is_positive()) return 0;
    return reply.is_temporary() ? authentication::temporary : 1;
}

/// Absent: no recipient is asked about.
std::optional<Explanation> answer(const Question& question, const std::optional<smtp::Mailbox>& address,
                                  const std::string& configuration) {
    if (!address) return std::nullopt;
    const auto config = config::load<directory::Config>(configuration);
    check::DirectoryRecords records(config);
    if (!records.unreadable().empty())
        fmt::print(stderr, "hermod explain: what was made by command is left out: {}\n", records.unreadable());
    const auto& from = question.sender.reverse_path;
    auto explained = directory::explain(config, records, *address, question.may_relay, from);
    std::optional<SendingOn> sending_on;
    if (question.has_sender && std::ranges::count(explained.sent_on, true) > 0)
        sending_on = explain_sending_on(configuration, explained, from);
    for (const auto& trouble : explained.troubles) fmt::print(stderr, "hermod explain: {}\n", trouble);
    auto explanation = explain(*address, std::move(explained), config::load<qmgr::Config>(configuration).route);
    explanation.sending_on = std::move(sending_on);
    return explanation;
}

/// What is printed, and the exit status: of the one who says no.
int print(const Question& question, const std::optional<Explanation>& recipient,
          const std::optional<policyd::Rehearsed>& message) {
    namespace json = boost::json;
    if (question.json) {
        auto whole = recipient ? json::parse(to_json(*recipient)).as_object() : json::object();
        if (message) whole["message"] = json::parse(to_json(*message));
        fmt::print("{}\n", json::serialize(whole));
    } else {
        fmt::print("{}{}{}", recipient ? to_text(*recipient) : "", recipient && message ? "\n" : "",
                   message ? to_text(*message) : "");
    }
    if (recipient && !recipient->resolution.reply.is_positive()) return 1;
    return message ? status_of(message->reply) : 0;
}

std::expected<std::optional<smtp::Mailbox>, std::string> recipient_of(const Question& question) {
    if (!question.has_recipient) return std::nullopt;
    auto address = smtp::parse_mailbox(question.to, smtp::Utf8::Allowed);
    if (!address && !question.to.contains('@') && !question.to.empty())
        return smtp::Mailbox{.local_part = question.to, .domain = {}, .literal = {}};
    if (!address)
        return std::unexpected(fmt::format("{} is no address: {}", config::toml_string(question.to),
                                           smtp::describe(address.error().code)));
    return *address;
}

/// Absent: no message is asked about.
std::expected<std::optional<policyd::Rehearsed>, std::string> verdict_of(const Question& question,
                                                                         const std::string& configuration) {
    if (!question.has_message) return std::nullopt;
    Message message{.sender = question.sender,
                    .octets = TRY(question.message.read_whole()),
                    .recipients = {},
                    .may_relay = question.may_relay};
    if (question.has_recipient) message.recipients.push_back(question.to);
    return TRY(explain_message(configuration, message));
}

}  // namespace

int run(std::span<char*> arguments) {
    CLI::App app("What would happen to mail for an address, and why, without doing it.", "hermod explain");
    Question question;
    question.configuration.add_to(app);
    auto* to = app.add_option("--to", question.to, "The recipient")->type_name("ADDRESS");
    app.add_flag("--relay", question.may_relay, "As for a client that may relay");
    auto* client = app.add_option("--ip", question.sender.client, "Of a sender: the client")->type_name("ADDRESS");
    app.add_option("--helo", question.sender.helo, "What it says in HELO or EHLO")->type_name("NAME")->needs(client);
    auto* from = app.add_option("--from", question.sender.reverse_path, "The envelope sender; empty: the null sender")
                     ->type_name("ADDRESS");
    const auto* message = question.message.add_as(app, "--message");
    app.add_flag("--json", question.json, "Print one JSON object");
    if (const auto status = check::parse(app, arguments)) return *status;

    question.has_sender = !from->empty();
    question.has_recipient = !to->empty();
    question.has_message = !message->empty();
    const bool has_client = !client->empty();
    if (!question.has_recipient && !has_client && !question.has_message)
        return refuse(
            "whose mail? --to ADDRESS, with --from for its sender; or --ip ADDRESS with --helo and --from; or "
            "--message "
            "FILE with any of them");
    const bool is_about_sender = has_client && !question.has_message;
    if (question.may_relay && (is_about_sender || (!question.has_recipient && !question.has_message)))
        return refuse("--relay is about a recipient or a message");
    const auto address = recipient_of(question);
    if (!address) return refuse(address.error());
    if (is_about_sender) {
        question.sender.recipient = question.to;
        return explain_sender(question.configuration.path, question.sender, question.json);
    }
    const auto loaded = check::load_all(question.configuration.path);
    if (!loaded) {
        for (const auto& problem : loaded.error()) fmt::print(stderr, "{}\n", config::to_text(problem));
        return 2;
    }
    const auto verdict = verdict_of(question, loaded->text);
    if (!verdict) return refuse(verdict.error());
    return print(question, answer(question, *address, loaded->text), *verdict);
}

}  // namespace explain
