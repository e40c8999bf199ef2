#include "publication/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "authentication/surroundings.h"
#include "check/arguments.h"
#include "check/signing_site.h"
#include "dkim/signature.h"
#include "publication/inspection.h"
#include "publication/wanted.h"
#include "text/escape.h"
#include "text/idna.h"

namespace publication {
namespace {

namespace json = boost::json;

struct Question {
    authentication::Dns dns;
    authentication::Now now;
    check::ConfigurationPath configuration;
    std::string domain;
    bool json = false;
};

int refuse(std::string_view why) { return authentication::refuse("dns", why); }

void add_common(CLI::App& command, Question& question) {
    command.add_option("DOMAIN", question.domain, "Whose mail it is")->required()->type_name("DOMAIN");
    command.add_flag("--json", question.json, "Print one JSON object");
}

/// What both verbs begin with: our name, and the keys of the domain.
struct Beginning {
    std::string hostname;
    std::string domain;
    std::vector<Key> keys;
};
std::expected<Beginning, std::string> begin(const std::string& configuration, const std::string& given) {
    const auto site = check::signing_site(configuration);
    if (!site) return std::unexpected(site.error());
    const auto domain = text::to_a_labels(given).value_or("");
    if (!dkim::is_domain(domain)) return std::unexpected(text::escaped(given) + " is no domain");
    if (site->hostname.empty()) return std::unexpected("set hostname in " + configuration);
    auto keys = keys_of(*site, domain);
    if (!keys) return std::unexpected(keys.error());
    return Beginning{site->hostname, domain, *std::move(keys)};
}

int print_records(const Question& question) {
    const auto site = begin(question.configuration.path, question.domain);
    if (!site) return refuse(site.error());
    json::array listed;
    for (const auto& record : wanted(site->hostname, site->domain, site->keys)) {
        if (question.json)
            listed.push_back(json::object{
                {"name", record.name}, {"type", record.type}, {"data", record.data}, {"zone", zone_line(record)}});
        else
            fmt::print("{}\n", zone_line(record));
    }
    if (question.json) fmt::print("{}\n", json::serialize(json::object{{"records", std::move(listed)}}));
    return 0;
}

void print(const std::vector<Finding>& findings) {
    for (const auto& one : findings) {
        fmt::print("{:8} {:8} {}\n", to_text(one.grade), one.about, one.text);
        if (!one.remedy.empty()) fmt::print("{:17} → {}\n", "", one.remedy);
    }
}

void print_json(const std::vector<Finding>& findings) {
    json::array listed;
    for (const auto& one : findings)
        listed.push_back(json::object{{"about", one.about},
                                      {"grade", to_text(one.grade)},
                                      {"text", authentication::json_text(one.text)},
                                      {"remedy", authentication::json_text(one.remedy)}});
    fmt::print("{}\n", json::serialize(json::object{{"findings", std::move(listed)}}));
}

int inspect(const Question& question) {
    auto site = begin(question.dns.configuration(), question.domain);
    if (!site) return refuse(site.error());
    Inspection inspection(question.dns, site->hostname, site->domain, std::move(site->keys), question.now.seconds());
    const auto findings = inspection.run();
    if (!findings) return refuse(findings.error());
    if (question.json)
        print_json(*findings);
    else
        print(*findings);
    const auto has = [&](Grade grade) {
        return std::ranges::find(*findings, grade, &Finding::grade) != findings->end();
    };
    if (has(Grade::Fault)) return 1;
    return has(Grade::Unknown) ? authentication::temporary : 0;
}

}  // namespace

int run(std::span<char*> arguments) {
    CLI::App app("What a domain publishes for its mail.", "hermod dns");
    app.require_subcommand(1);
    Question question;
    auto* records = app.add_subcommand("records", "Print what is to be published, as lines of a zone file");
    add_common(*records, question);
    question.configuration.add_to(*records);
    auto* check = app.add_subcommand("check", "Compare what is published with what should be");
    add_common(*check, question);
    question.dns.add_to(*check);
    question.now.add_to(*check);
    if (const auto status = check::parse(app, arguments)) return *status;
    return app.got_subcommand(records) ? print_records(question) : inspect(question);
}

}  // namespace publication
