#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>

#include "authentication/run.h"
#include "authentication/surroundings.h"
#include "srs/address.h"
#include "text/escape.h"

namespace authentication {
namespace {

namespace json = boost::json;

struct Question {
    Now now;
    std::string address;
    std::string alias;
    std::vector<std::string> secrets;
    std::string secret_file;
    std::string separator = "=";
    unsigned max_age = srs::default_max_age;
    bool json = false;
};

int refuse(std::string_view why) { return authentication::refuse("srs", why); }

void add_common(CLI::App& command, Question& question) {
    command.add_option("ADDRESS", question.address, "The address")->required();
    repeatable(
        command.add_option("--secret", question.secrets, "The secret; several: the first signs")->type_name("SECRET"));
    command.add_option("--secret-file", question.secret_file, "Secrets out of a file, a line each")->type_name("FILE");
    command.add_flag("--json", question.json, "Print one JSON object");
    question.now.add_to(command);
}

/// Those of the arguments first.
bool read_secrets(Question& question) {
    if (question.secret_file.empty()) return true;
    std::ifstream file(question.secret_file);
    for (std::string line; std::getline(file, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (!line.empty()) question.secrets.push_back(std::move(line));
    }
    return !file.bad() && file.eof();
}

int print(const Question& question, const std::expected<std::string, srs::Refusal>& address) {
    if (question.json) {
        json::object form;
        form["address"] = address ? json::value(json_text(*address)) : json::value();
        form["reason"] = address ? json::value() : json::value(srs::describe(address.error()));
        fmt::print("{}\n", json::serialize(form));
    } else if (address) {
        fmt::print("{}\n", *address);
    } else {
        fmt::print(stderr, "hermod srs: {}: {}\n", text::escaped(question.address), srs::describe(address.error()));
    }
    return address ? 0 : 1;
}

/// A domain, or an address of which the domain counts.
std::string_view domain_of(std::string_view alias) { return alias.substr(alias.rfind('@') + 1); }

}  // namespace

int run_srs(std::span<char*> arguments) {
    CLI::App app("Sender rewriting: envelope senders of forwarded mail, and the way back for its bounces.",
                 "hermod srs");
    app.require_subcommand(1);
    Question question;
    auto* forward = app.add_subcommand("forward", "The sender that a forwarded message gets");
    add_common(*forward, question);
    forward->add_option("--alias", question.alias, "Our domain")->required()->type_name("DOMAIN");
    forward->add_option("--separator", question.separator, "Behind SRS0 and SRS1")
        ->check(CLI::IsMember({"=", "+", "-"}));
    auto* reverse = app.add_subcommand("reverse", "Whom a bounce to such an address is for");
    add_common(*reverse, question);
    reverse->add_option("--max-age", question.max_age, "How old the address may be, in days")
        ->check(CLI::Range(0u, 1023u))
        ->type_name("DAYS");
    if (const auto status = check::parse(app, arguments)) return *status;

    if (!read_secrets(question)) return refuse(question.secret_file + ": cannot be read");
    if (question.secrets.empty()) return refuse("no secret: --secret or --secret-file");
    const srs::Key key{.secrets = question.secrets, .separator = question.separator[0]};
    const auto now = question.now.seconds();
    if (*forward) return print(question, srs::forward(question.address, domain_of(question.alias), key, now));
    return print(question, srs::reverse(question.address, key, now, question.max_age));
}

}  // namespace authentication
