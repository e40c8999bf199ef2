#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <vector>

#include "authentication/dkim_forms.h"
#include "authentication/dkim_key_file.h"
#include "authentication/dkim_rotate.h"
#include "authentication/message_input.h"
#include "authentication/run.h"
#include "authentication/signing_options.h"
#include "authentication/surroundings.h"
#include "dkim/key_record.h"
#include "dkim/signer.h"
#include "dkim/verifier.h"
#include "dns/zone_line.h"
#include "lang/try.h"
#include "reflection/forms.h"
#include "site/dkim.h"
#include "text/ascii.h"

namespace authentication {
namespace {

namespace json = boost::json;

struct Question {
    Dns dns;
    Now now;
    MessageInput message;
    std::string domain;
    std::vector<std::string> selectors;
    std::vector<std::string> keys;
    std::string algorithm;
    std::string canonicalization = "relaxed/relaxed";
    std::string headers;
    std::string identity;
    std::optional<std::uint64_t> timestamp;
    std::optional<std::uint64_t> expire;
    int bits = 2048;
    bool header_only = false;
    bool is_testing = false;
    bool json = false;
};

int refuse(std::string_view why) { return authentication::refuse("dkim", why); }

void add_domain(CLI::App& command, Question& question) {
    command.add_option("--domain", question.domain, "Whose signature it is (d=)")->required()->type_name("DOMAIN");
}
void add_json(CLI::App& command, Question& question) {
    command.add_flag("--json", question.json, "Print one JSON object");
}
void add_pairs(CLI::App& command, Question& question) {
    repeatable(command.add_option("--selector", question.selectors, "Names the key below _domainkey (s=)")
                   ->required()
                   ->type_name("NAME"));
    repeatable(
        command.add_option("--key", question.keys, "The private key, in PEM form")->required()->type_name("FILE"));
}
void add_algorithm(CLI::App& command, Question& question) {
    command.add_option("--algorithm", question.algorithm, "rsa-sha256 or ed25519-sha256")
        ->check(CLI::IsMember({"rsa-sha256", "ed25519-sha256"}));
}

void add_verify(CLI::App& app, Question& question) {
    auto* verify = app.add_subcommand("verify", "Verify all signatures of a message");
    question.message.add_to(*verify);
    add_json(*verify, question);
    question.dns.add_to(*verify);
    question.now.add_to(*verify);
}

void add_sign(CLI::App& app, Question& question) {
    auto* sign = app.add_subcommand("sign", "Print a message with a signature in front of it");
    question.message.add_to(*sign);
    add_domain(*sign, question);
    add_pairs(*sign, question);
    add_algorithm(*sign, question);
    sign->add_option("--canonicalization", question.canonicalization, "simple or relaxed: of header/body")
        ->capture_default_str();
    sign->add_option("--headers", question.headers, "The fields to sign, as h= lists them")->type_name("A:B:C");
    sign->add_option("--identity", question.identity, "On whose behalf (i=)")->type_name("[LOCAL]@DOMAIN");
    sign->add_option("--timestamp", question.timestamp, "When it is signed; else now")->type_name("UNIXTIME");
    sign->add_option("--expire", question.expire, "How long it is good")->type_name("SECONDS");
    sign->add_flag("--header-only", question.header_only, "Print only the signature's field");
    question.now.add_to(*sign);
}

void add_keygen(CLI::App& app, Question& question) {
    auto* keygen = app.add_subcommand("keygen", "Make a key, and print what is to be published for it");
    add_domain(*keygen, question);
    add_pairs(*keygen, question);
    add_algorithm(*keygen, question);
    keygen->add_option("--bits", question.bits, "How long an RSA key is")
        ->capture_default_str()
        ->check(CLI::Range(crypto::least_rsa_bits, crypto::most_rsa_bits));
    keygen->add_flag("--test", question.is_testing, "Publish it in test mode (t=y)");
    add_json(*keygen, question);
}

void add_record(CLI::App& app, Question& question) {
    auto* record = app.add_subcommand("record", "Print what is to be published for a key");
    add_domain(*record, question);
    add_pairs(*record, question);
    record->add_flag("--test", question.is_testing, "Publish it in test mode (t=y)");
    add_json(*record, question);
}

void add_rotate(CLI::App& app, RotateQuestion& question) {
    auto* rotate = app.add_subcommand("rotate", "Carry the keys of a domain one step on: make, use, retire");
    auto* domain = rotate->add_option("DOMAIN", question.domain, "Whose keys")->type_name("DOMAIN");
    rotate->add_option("--selector", question.selector, "What the names of new keys are made of; else the day")
        ->type_name("NAME")
        ->check([](const std::string& name) { return site::dkim_selector_flaw(name); });
    rotate
        ->add_flag("--continue", question.goes_on_only,
                   "Begin nothing new, only go on; without a DOMAIN: for all domains. For cron")
        ->group("Options");
    rotate->add_flag("--at-once", question.at_once, "Use new keys as soon as they are seen in the DNS");
    question.dns.add_to(*rotate);
    question.now.add_to(*rotate);
    rotate->callback([&question, domain] {
        if (domain->count() == 0 && !question.goes_on_only) throw CLI::RequiredError("DOMAIN, or --continue,");
    });
}

void add_revoke(CLI::App& app, RevokeQuestion& question, check::ConfigurationPath& configuration) {
    auto* revoke = app.add_subcommand("revoke", "Sign no more with keys that somebody else may have");
    revoke->add_option("DOMAIN", question.domain, "Whose keys")->required()->type_name("DOMAIN");
    revoke->add_option("SELECTOR", question.selectors, "Which of them; else all")->type_name("SELECTOR");
    configuration.add_to(*revoke);
    question.now.add_to(*revoke);
}

void add_status(CLI::App& app, StatusQuestion& question, check::ConfigurationPath& configuration) {
    auto* status = app.add_subcommand("status", "Show the keys that sign our mail, and what to do next");
    status->add_option("DOMAIN", question.domain, "Whose keys; else all")->type_name("DOMAIN");
    status->add_flag("--json", question.json, "Print one JSON object");
    configuration.add_to(*status);
    question.now.add_to(*status);
}

int verify(const Question& question) {
    dkim::Verifier verifier(static_cast<std::uint64_t>(std::max<std::int64_t>(question.now.seconds(), 0)));
    const auto read = question.message.read([&](std::string_view piece) { verifier.add(piece); });
    if (!read) return refuse(read.error());
    verifier.finish();
    const auto trouble = question.dns.answer_all_of(verifier);
    if (trouble) return refuse(*trouble);
    fmt::print("{}", question.json ? json::serialize(dkim_json(verifier.verdicts())) + '\n'
                                   : reflection::dkim_text(verifier.verdicts()));
    bool is_temporary = false;
    for (const auto& verdict : verifier.verdicts()) {
        if (verdict.result == dkim::Result::Pass) return 0;
        is_temporary = is_temporary || verdict.result == dkim::Result::TempError;
    }
    return is_temporary ? temporary : 1;
}

std::expected<dkim::SignerSettings, std::string> signer_settings(const Question& question) {
    dkim::SignerSettings settings;
    const auto canonicalizations = dkim::parse_canonicalizations(question.canonicalization);
    if (!canonicalizations) return std::unexpected("--canonicalization: simple or relaxed, as in relaxed/simple");
    settings.canonicalizations = *canonicalizations;
    settings.timestamp = question.timestamp.value_or(static_cast<std::uint64_t>(question.now.seconds()));
    if (question.expire == 0u) return std::unexpected("--expire 0: it would never be good");
    if (question.expire) settings.expiration = *settings.timestamp + *question.expire;
    constexpr std::uint64_t latest = 999'999'999'999;  // RFC 6376 §3.5: twelve digits
    if (*settings.timestamp > latest || question.expire.value_or(0) > latest - *settings.timestamp)
        return std::unexpected("--timestamp, --expire: too far in the future");
    settings.fields = TRY(signed_fields(question.headers));
    return settings;
}

/// What the arguments say of names, made lower case.
std::expected<void, std::string> check_names(Question& question) {
    for (auto& selector : question.selectors) {
        auto name = TRY(signing_name(question.domain, selector));
        question.domain = std::move(name.domain);
        selector = std::move(name.selector);
    }
    if (question.selectors.size() != question.keys.size())
        return std::unexpected("as many --key as --selector are needed, in the same order");
    const auto at = question.identity.rfind('@');
    const auto below = at == std::string::npos ? "" : text::lower(question.identity.substr(at + 1));
    const bool is_ours = dkim::is_domain(below) && dkim::is_in_domain(below, question.domain);
    const bool is_plain = question.identity.find_first_of("; =\"\\\t\r\n") == std::string::npos;
    if (!question.identity.empty() && (!is_ours || !is_plain))
        return std::unexpected(
            fmt::format("--identity {}: not an identity below {}", question.identity, question.domain));
    return {};
}

std::expected<std::string, std::string> signatures(const Question& question, const dkim::Signer& signer) {
    std::string fields;
    for (std::size_t i = 0; i < question.keys.size(); ++i) {
        const auto key = TRY(read_key(question.keys[i]));
        const auto algorithm = dkim::algorithm_of(key.kind());
        if (!question.algorithm.empty() && question.algorithm != to_text(algorithm))
            return std::unexpected(fmt::format("{}: is a key for {}", question.keys[i], to_text(algorithm)));
        const auto draft = signer.draft({question.domain, question.selectors[i], algorithm, question.identity});
        fields += draft.complete(key.sign(draft.digest));
    }
    return fields;
}

int sign(const Question& question) {
    auto settings = signer_settings(question);
    if (!settings) return refuse(settings.error());
    const auto message = question.message.read_whole();
    if (!message) return refuse(message.error());
    dkim::Signer signer(*std::move(settings));
    signer.add(*message);
    signer.finish();
    if (!signer.may_sign()) {
        fmt::print(stderr, "hermod dkim: a message without From, or one whose From is not signed, is not signed\n");
        return 1;
    }
    auto fields = signatures(question, signer);
    if (!fields) return refuse(fields.error());
    const auto end = message->find('\n');
    const bool has_lf = end != std::string::npos && (end == 0 || (*message)[end - 1] != '\r');
    if (has_lf) std::erase(*fields, '\r');
    fmt::print("{}", *fields);
    if (!question.header_only) std::fwrite(message->data(), 1, message->size(), stdout);
    return std::fflush(stdout) == 0 ? 0 : refuse("standard output cannot be written");
}

int print_record(const Question& question, std::size_t i, const crypto::DigestSigner& key) {
    const auto name = fmt::format("{}._domainkey.{}", question.selectors[i], question.domain);
    const auto record = dkim::to_record(key.kind(), key.public_octets(), question.is_testing);
    if (question.json)
        fmt::print("{}\n", json::serialize(json::object{
                               {"name", name}, {"record", record}, {"zone", dns::zone_line(name, record)}}));
    else
        fmt::print("{}\n", dns::zone_line(name, record));
    return 0;
}

int keygen(const Question& question) {
    const auto kind =
        question.algorithm == "ed25519-sha256" ? crypto::SignatureKind::Ed25519 : crypto::SignatureKind::Rsa;
    for (std::size_t i = 0; i < question.keys.size(); ++i) {
        const auto key = crypto::DigestSigner::make(kind, question.bits);
        const auto written = write_key(question.keys[i], key);
        if (!written) return refuse(written.error());
        print_record(question, i, key);
    }
    return 0;
}

int record(const Question& question) {
    for (std::size_t i = 0; i < question.keys.size(); ++i) {
        const auto key = read_key(question.keys[i]);
        if (!key) return refuse(key.error());
        print_record(question, i, *key);
    }
    return 0;
}

}  // namespace

int run_dkim(std::span<char*> arguments) {
    CLI::App app("DomainKeys Identified Mail (RFC 6376): signatures of domains.", "hermod dkim");
    app.require_subcommand(1);
    Question question;
    add_verify(app, question);
    add_sign(app, question);
    add_keygen(app, question);
    add_record(app, question);
    RotateQuestion rotation;
    add_rotate(app, rotation);
    check::ConfigurationPath configuration;
    RevokeQuestion revocation;
    add_revoke(app, revocation, configuration);
    StatusQuestion keys;
    add_status(app, keys, configuration);
    if (const auto status = check::parse(app, arguments)) return *status;

    if (app.got_subcommand("verify")) return verify(question);
    if (app.got_subcommand("rotate")) return rotate(rotation);
    revocation.configuration = keys.configuration = configuration.path;
    if (app.got_subcommand("revoke")) return revoke(revocation);
    if (app.got_subcommand("status")) return show_keys(keys);
    if (const auto named = check_names(question); !named) return refuse(named.error());
    if (app.got_subcommand("sign")) return sign(question);
    return app.got_subcommand("keygen") ? keygen(question) : record(question);
}

}  // namespace authentication
