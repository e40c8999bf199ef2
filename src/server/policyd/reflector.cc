#include "policyd/reflector.h"

#include <fmt/format.h>
#include <sys/random.h>

#include "dns/reverse.h"
#include "lang/verify.h"
#include "mime/automatic.h"
#include "mime/header.h"
#include "policyd/explain.h"
#include "policyd/judge.h"
#include "policyd/report_intake.h"
#include "text/ascii.h"
#include "text/hex.h"

namespace policyd {
namespace {

constexpr std::size_t longest_header = 64 * 1024;  // that is sent back
constexpr std::size_t most_names = 5;              // of a client

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

}  // namespace

std::string network_of(const ip::Address& client) {
    const auto address = client.unmapped();
    if (address.is_v4()) return ip::to_text(address);
    ip::Address network = address;
    std::fill(network.octets.begin() + 8, network.octets.end(), std::uint8_t{0});
    return ip::to_text(network);
}

net::Task<void> Reflector::reflect(std::shared_ptr<const Config> config, Examine asked,
                                   std::shared_ptr<const Content> message, Judgement judgement) {
    const auto why_not = [&](std::string_view reason) {
        around_.log.event(logs::Event::NotReflected, {{"from", asked.reverse_path},
                                                      {"to", address_of(*config, asked)},
                                                      {"client", asked.client ? ip::to_text(*asked.client) : ""},
                                                      {"reason", reason}});
    };
    if (!asked.client) co_return why_not("it came by no connection");
    if (asked.reverse_path.empty()) co_return why_not(mime::describe(mime::NoAnswer::NullSender));
    if (is_for(std::span(&asked.reverse_path, 1), config->reflector.address)) co_return why_not("its sender is ours");
    if (!may_answer_again(*config, asked)) co_return why_not("there were too many within an hour");
    Read read;
    const bool is_read = co_await this->read(*config, asked, *message, read);
    if (!is_read) co_return why_not("it cannot be read");
    const auto header = std::string_view(read.beginning).substr(0, mime::divide(read.beginning).header);
    if (const auto reason = mime::why_no_answer(header, asked.reverse_path)) co_return why_not(describe(*reason));
    const Circumstances circumstances{
        .passed = [began = around_.clock.steady(), &clock = around_.clock] { return clock.steady() - began; },
        .now = around_.outbox.now(),
        .is_traced = true};
    auto examination =
        co_await examine(around_.resolver, *config, *asked.client, asked.helo, asked.reverse_path, circumstances);
    if (examination.examined.empty()) examination.examined.emplace_back();  // a trusted forwarder
    auto name = co_await client_name(*asked.client);
    const auto& spf = examination.examined.front();
    const auto results = authres::to_text(provenance::results_of(read.findings, config->hostname));
    const reflection::Connection connection{.client = *asked.client,
                                            .port = asked.port,
                                            .client_name = std::move(name),
                                            .helo = asked.helo,
                                            .tls = asked.tls,
                                            .reverse_path = asked.reverse_path};
    auto report = reflection::report(
        config->hostname, connection,
        {spf.request, spf.report, read.findings.dkim, read.findings.arc, read.findings.dmarc, results},
        outcome_of(judgement));
    const reflection::Answer answer{.from = {"", address_of(*config, asked)},
                                    .to = asked.reverse_path,
                                    .date = {.unix_seconds = around_.outbox.now()},
                                    .unique = unique(),
                                    .host = config->hostname,
                                    .report = std::move(report),
                                    .original = read.is_whole ? std::string_view(read.beginning) : header,
                                    .is_whole = read.is_whole};
    auto resolved = co_await around_.outbox.resolve({asked.reverse_path});
    if (resolved.recipients.empty()) co_return why_not(resolved.refusal);
    const auto sent = co_await around_.outbox.send(config->hostname, reflection::to_text(answer),
                                                   reflection::is_8bit(answer), std::move(resolved.recipients));
    if (!sent) co_return why_not(sent.error());
    around_.log.event(
        logs::Event::Reflected, *sent,
        {{"from", asked.reverse_path}, {"to", answer.from.addr_spec}, {"client", ip::to_text(*asked.client)}});
}

net::Task<bool> Reflector::read(const Config& config, const Examine& asked, const Content& message, Read& read) {
    provenance::Inquiry inquiry(static_cast<std::uint64_t>(around_.outbox.now()), spf_of(asked));
    read.is_whole = message.size() <= config.reflector.original;
    const auto most = read.is_whole ? message.size() : longest_header;
    const bool is_there = co_await message.read([&](std::string_view piece) {
        inquiry.add(piece);
        if (read.beginning.size() < most) read.beginning += piece.substr(0, most - read.beginning.size());
    });
    if (!is_there) co_return false;
    inquiry.finish();
    while (const auto question = inquiry.question()) inquiry.answer(co_await around_.resolver.ask(*question));
    read.findings = inquiry.findings();
    co_return true;
}

/// A name that leads back to the address, as RFC 8601 §3 has it for iprev.
net::Task<std::string> Reflector::client_name(ip::Address client) {
    client = client.unmapped();
    const auto names = co_await around_.resolver.ask({dns::reverse_name(client), dns::Type::Ptr});
    std::size_t looked_at = 0;
    for (const auto& record : names.records) {
        const auto* alias = std::get_if<dns::Alias>(&record.value);
        if (!alias || ++looked_at > most_names) continue;
        const auto hosts =
            co_await around_.resolver.ask({alias->target, client.is_v4() ? dns::Type::A : dns::Type::Aaaa});
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
