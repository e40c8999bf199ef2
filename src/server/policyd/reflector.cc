#include "policyd/reflector.h"

#include <fmt/format.h>
#include <sys/random.h>

#include "dns/reverse.h"
#include "lang/defer.h"
#include "lang/verify.h"
#include "mime/automatic.h"
#include "mime/header.h"
#include "policyd/explain.h"
#include "policyd/judge.h"
#include "policyd/lookups.h"
#include "policyd/report_intake.h"
#include "text/ascii.h"
#include "text/hex.h"
#include "text/idna.h"

namespace policyd {
namespace {

constexpr std::size_t longest_header = 64 * 1024;  // that is sent back
constexpr std::size_t longest_beginning = 4096;    // of a header that is not proved to be the sender's
constexpr std::size_t most_names = 5;              // of a client
constexpr std::size_t copies = 4;                  // of what comes back, on its way into a letter and to be signed

std::string unique() {
    char octets[16];
    VERIFY(::getrandom(octets, sizeof octets, 0) == sizeof octets);
    return text::to_hex({octets, sizeof octets});
}

std::string address_of(const Config& config, const Examine& asked) {
    for (const auto& address : config.reflector.address)
        if (is_for(asked.recipients, std::span(&address, 1))) return address;
    return {};
}

std::string outcome_of(const Judgement& judgement) {
    if (judgement.reply.is_positive()) return judgement.junk ? "accepted, and taken for junk" : "accepted";
    return fmt::format("refused: {} {} {}", judgement.reply.code, judgement.reply.enhanced, judgement.reply.text);
}

/// Hostile: of whoever may have written it in another's name no more than tells the owner of that name what it was.
std::string_view first_fields(std::string_view header) {
    const auto beginning = header.substr(0, longest_beginning);
    return header.size() <= longest_beginning ? header : beginning.substr(0, beginning.rfind('\n') + 1);
}

}  // namespace

std::string network_of(const ip::Address& client) {
    const auto address = client.unmapped();
    if (address.is_v4()) return ip::to_text(address);
    ip::Address network = address;
    std::fill(network.octets.begin() + 8, network.octets.end(), std::uint8_t{0});
    return ip::to_text(network);
}

bool is_proved(const provenance::Findings& findings, std::string_view reverse_path) {
    const auto domain = provenance::domain_of(reverse_path);
    if (domain.empty()) return false;
    const bool by_spf = !findings.spf.empty() && findings.spf.front().result == spf::Result::Pass &&
                        findings.spf.front().identity == spf::Identity::MailFrom &&
                        text::to_a_labels(findings.spf.front().domain) == domain;
    const auto& dmarc = findings.dmarc;
    const auto& organization = dmarc.organizational_domain;
    const bool is_authors =
        organization.empty() ? domain == findings.author.domain : dkim::is_in_domain(domain, organization);
    return by_spf || (dmarc.result == dmarc::Result::Pass && is_authors);
}

net::Task<void> Reflector::reflect(std::shared_ptr<const Config> config, Examine asked,
                                   std::shared_ptr<const Content> message, Judgement judgement, Room& room) {
    std::string why_not;
    if (under_way_ >= most_at_a_time) {
        why_not = "too many are answered at the moment";
    } else {
        ++under_way_;
        const Defer done([this] { --under_way_; });
        why_not = co_await answer(*config, asked, *message, judgement, room);
    }
    if (!why_not.empty()) leave(*config, asked, why_not);
}

void Reflector::leave(const Config& config, const Examine& asked, std::string_view why) {
    around_.log.event(logs::Event::NotReflected, {{"from", asked.reverse_path},
                                                  {"to", address_of(config, asked)},
                                                  {"client", asked.client ? ip::to_text(*asked.client) : ""},
                                                  {"reason", why}});
}

net::Task<std::string> Reflector::answer(const Config& config, const Examine& asked, const Content& message,
                                         const Judgement& judgement, Room& room) {
    if (!asked.client) co_return "it came by no connection";
    if (asked.reverse_path.empty()) co_return std::string(mime::describe(mime::NoAnswer::NullSender));
    if (is_for(std::span(&asked.reverse_path, 1), config.reflector.address)) co_return "its sender is ours";
    if (!may_answer_again(config, asked)) co_return "there were too many within an hour";
    const auto until = around_.clock.steady() + config.policy.timeout;
    const bool is_kept = message.size() <= config.reflector.original;
    const auto share = co_await room.take(
        memory_for(message) + (is_kept ? copies * static_cast<std::size_t>(message.size()) : 0), until);
    if (!share) co_return "there is no room to look at it";
    Read read;
    const bool is_read = co_await this->read(config, asked, message, until, read);
    if (!is_read) co_return "it cannot be read";
    const auto header = std::string_view(read.beginning).substr(0, mime::divide(read.beginning).header);
    if (const auto reason = mime::why_no_answer(header, asked.reverse_path)) co_return std::string(describe(*reason));
    const Circumstances circumstances{
        .passed = [began = around_.clock.steady(), &clock = around_.clock] { return clock.steady() - began; },
        .now = around_.outbox.now(),
        .is_traced = true};
    auto examination =
        co_await examine(around_.resolver, config, *asked.client, asked.helo, asked.reverse_path, circumstances);
    if (examination.examined.empty()) examination.examined.emplace_back();  // a trusted forwarder
    auto name = co_await client_name(*asked.client, until);
    const auto& spf = examination.examined.front();
    const auto results = authres::to_text(provenance::results_of(read.findings, config.hostname));
    const reflection::Connection connection{.client = *asked.client,
                                            .port = asked.port,
                                            .client_name = std::move(name),
                                            .helo = asked.helo,
                                            .tls = asked.tls,
                                            .reverse_path = asked.reverse_path};
    auto report = reflection::report(
        config.hostname, connection,
        {spf.request, spf.report, read.findings.dkim, read.findings.arc, read.findings.dmarc, results},
        outcome_of(judgement));
    const bool is_senders = is_proved(read.findings, asked.reverse_path);
    const bool comes_back = read.is_whole && is_senders;
    if (!is_senders)
        report +=
            "\nNeither SPF nor DMARC proves that the envelope sender's domain has sent it, so the message does not "
            "come back with this report: only the beginning of its header does.\n";
    const reflection::Answer answer{.from = {"", address_of(config, asked)},
                                    .to = asked.reverse_path,
                                    .date = {.unix_seconds = around_.outbox.now()},
                                    .unique = unique(),
                                    .host = config.hostname,
                                    .report = std::move(report),
                                    .original = comes_back   ? std::string_view(read.beginning)
                                                : is_senders ? header
                                                             : first_fields(header),
                                    .is_whole = comes_back};
    auto resolved = co_await around_.outbox.resolve({asked.reverse_path});
    if (resolved.recipients.empty()) co_return resolved.refusal;
    const auto sent = co_await around_.outbox.send(config.hostname, reflection::to_text(answer),
                                                   reflection::is_8bit(answer), std::move(resolved.recipients));
    if (!sent) co_return sent.error();
    around_.log.event(
        logs::Event::Reflected, *sent,
        {{"from", asked.reverse_path}, {"to", answer.from.addr_spec}, {"client", ip::to_text(*asked.client)}});
    co_return "";
}

net::Task<bool> Reflector::read(const Config& config, const Examine& asked, const Content& message, Steady until,
                                Read& read) {
    provenance::Inquiry inquiry(static_cast<std::uint64_t>(around_.outbox.now()), spf_of(asked));
    read.is_whole = message.size() <= config.reflector.original;
    const auto most = read.is_whole ? message.size() : longest_header;
    const bool is_there = co_await message.read([&](std::string_view piece) {
        inquiry.add(piece);
        if (read.beginning.size() < most) read.beginning += piece.substr(0, most - read.beginning.size());
    });
    if (!is_there) co_return false;
    inquiry.finish();
    while (inquiry.question()) {
        const auto question = *inquiry.question();
        const auto answer = co_await ask_until(around_.resolver, question, until);
        inquiry.answer(answer);
    }
    read.findings = inquiry.findings();
    co_return true;
}

/// A name that leads back to the address, as RFC 8601 §3 has it for iprev.
net::Task<std::string> Reflector::client_name(ip::Address client, Steady until) {
    client = client.unmapped();
    const auto names = co_await ask_until(around_.resolver, {dns::reverse_name(client), dns::Type::Ptr}, until);
    std::size_t looked_at = 0;
    for (const auto& record : names.records) {
        const auto* alias = std::get_if<dns::Alias>(&record.value);
        if (!alias || ++looked_at > most_names) continue;
        const auto hosts = co_await ask_until(around_.resolver,
                                              {alias->target, client.is_v4() ? dns::Type::A : dns::Type::Aaaa}, until);
        for (const auto& host : hosts.records)
            if (const auto* found = std::get_if<dns::Host>(&host.value); found && found->address == client)
                co_return dns::to_text(alias->target);
    }
    co_return "";
}

bool Reflector::may_answer_again(const Config& config, const Examine& asked) {
    const auto now = around_.outbox.now();
    return by_client_.take(network_of(*asked.client), config.reflector.per_client, now) &&
           by_sender_.take(text::lower(asked.reverse_path), config.reflector.per_sender, now);
}

}  // namespace policyd
