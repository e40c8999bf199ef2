#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "arc/sealer.h"
#include "arc/verifier.h"
#include "authentication/arc_forms.h"
#include "authentication/dkim_key_file.h"
#include "authentication/message_input.h"
#include "authentication/run.h"
#include "authentication/signing_options.h"
#include "authentication/surroundings.h"
#include "dkim/key_record.h"
#include "lang/try.h"
#include "reflection/forms.h"
#include "text/ascii.h"
#include "text/escape.h"

namespace authentication {
namespace {

struct Question {
    Dns dns;
    Now now;
    MessageInput message;
    std::string domain;
    std::string selector;
    std::string key;
    std::string authserv_id;
    std::string headers;
    std::optional<std::uint64_t> timestamp;
    bool json = false;
};

int refuse(std::string_view why) { return authentication::refuse("arc", why); }

void add_verify(CLI::App& app, Question& question) {
    auto* verify = app.add_subcommand("verify", "Verify the chain of a message");
    question.message.add_to(*verify);
    verify->add_flag("--json", question.json, "Print one JSON object");
    question.dns.add_to(*verify);
    question.now.add_to(*verify);
}

void add_seal(CLI::App& app, Question& question) {
    auto* seal = app.add_subcommand("seal", "Print another set for a message that is passed on");
    question.message.add_to(*seal);
    seal->add_option("--domain", question.domain, "Who seals (d=)")->required()->type_name("DOMAIN");
    seal->add_option("--selector", question.selector, "Names the key below _domainkey (s=)")
        ->required()
        ->type_name("NAME");
    seal->add_option("--key", question.key, "The private key, in PEM form")->required()->type_name("FILE");
    seal->add_option("--authserv-id", question.authserv_id, "Whose Authentication-Results are ours")
        ->required()
        ->type_name("ID");
    seal->add_option("--headers", question.headers, "The fields to sign, as h= lists them")->type_name("A:B:C");
    seal->add_option("--timestamp", question.timestamp, "When it is sealed; else now")->type_name("UNIXTIME");
    question.dns.add_to(*seal);
    question.now.add_to(*seal);
}

/// The chain as it verifies here. What is wrong with the table or the resolver, in words.
std::expected<arc::Report, std::string> verified(const Question& question, std::string_view message) {
    arc::Verifier verifier;
    verifier.add(message);
    verifier.finish();
    const auto trouble = question.dns.answer_all_of(verifier);
    if (trouble) return std::unexpected(*trouble);
    return verifier.report();
}

int verify(const Question& question) {
    const auto message = question.message.read_whole();
    if (!message) return refuse(message.error());
    const auto report = verified(question, *message);
    if (!report) return refuse(report.error());
    fmt::print("{}", question.json ? boost::json::serialize(arc_json(*report)) + '\n' : reflection::arc_text(*report));
    if (report->is_temporary) return temporary;
    return report->result == arc::Result::Pass ? 0 : 1;
}

std::expected<arc::SealerSettings, std::string> sealer_settings(const Question& question) {
    arc::SealerSettings settings{.authserv_id = question.authserv_id, .fields = {}, .timestamp = question.timestamp};
    if (!settings.timestamp) settings.timestamp = static_cast<std::uint64_t>(question.now.seconds());
    const bool is_token = std::ranges::all_of(question.authserv_id, [](char c) {
        return text::is_graphic(c) && !std::string_view("()<>@,;:\\\"[]=").contains(c);
    });
    if (question.authserv_id.empty() || !is_token)
        return std::unexpected(fmt::format("--authserv-id {}: not a name", question.authserv_id));
    settings.fields = TRY(signed_fields(question.headers));
    const auto names = [&](std::string_view name) {
        return std::ranges::find(settings.fields, name) != settings.fields.end();
    };
    if (names("arc-seal")) return std::unexpected("--headers: ARC-Seal cannot be signed");
    if (!settings.fields.empty() && !names("from")) return std::unexpected("--headers: From must be among them");
    return settings;
}

int seal(const Question& question) {
    const auto name = signing_name(question.domain, question.selector);
    if (!name) return refuse(name.error());
    auto settings = sealer_settings(question);
    if (!settings) return refuse(settings.error());
    const auto key = read_key(question.key);
    if (!key) return refuse(key.error());
    const auto message = question.message.read_whole();
    if (!message) return refuse(message.error());
    arc::Sealer sealer(*std::move(settings));
    sealer.add(*message);
    sealer.finish();
    if (!sealer.stated()) {
        const auto report = verified(question, *message);
        if (!report) return refuse(report.error());
        if (report->is_temporary) {
            fmt::print(stderr, "hermod arc: {}\n", text::escaped(report->reason));
            return temporary;
        }
        sealer.set_chain(report->result);
    }
    if (const auto refusal = sealer.refusal(); !refusal.empty()) {
        fmt::print(stderr, "hermod arc: not sealed: {}\n", text::escaped(refusal));
        return 1;
    }
    const dkim::Naming naming{name->domain, name->selector, dkim::algorithm_of(key->kind()), ""};
    const auto signature = sealer.message_signature(naming);
    const auto message_signature = signature.complete(key->sign(signature.digest));
    const auto draft = sealer.seal(naming, message_signature);
    fmt::print("{}{}{}", draft.complete(key->sign(draft.digest)), message_signature, sealer.results());
    return 0;
}

}  // namespace

int run_arc(std::span<char*> arguments) {
    CLI::App app("Authenticated Received Chain (RFC 8617): what those who passed a message on say of it.",
                 "hermod arc");
    app.require_subcommand(1);
    Question question;
    add_verify(app, question);
    add_seal(app, question);
    if (const auto status = check::parse(app, arguments)) return *status;
    return app.got_subcommand("verify") ? verify(question) : seal(question);
}

}  // namespace authentication
