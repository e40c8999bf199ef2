#include "policyd/explain.h"

#include <fmt/format.h>

#include <variant>

namespace policyd {
namespace {

net::Task<void> add_addresses(resolver::Resolver& resolver, const Config& config, dns::Type type,
                              const Circumstances& circumstances, std::vector<ip::Address>& addresses, bool& is_known) {
    if (circumstances.passed() >= config.spf.timeout) {
        is_known = false;
        co_return;
    }
    const auto name = dns::parse_name(config.hostname);
    if (!name) co_return;
    const auto answer = co_await resolver.ask({*name, type});
    if (!answer.is_usable()) is_known = false;
    if (!answer.has_records()) co_return;
    for (const auto& record : answer.records)
        if (const auto* host = std::get_if<dns::Host>(&record.value)) addresses.push_back(host->address);
}

/// What others see us come from.
net::Task<std::vector<ip::Address>> own_addresses(resolver::Resolver& resolver, const Config& config,
                                                  const Circumstances& circumstances, bool& is_known) {
    if (!config.srs.addresses.empty()) co_return config.srs.addresses;
    std::vector<ip::Address> addresses;
    for (const auto& bound : {config.relay.bind_ipv4, config.relay.bind_ipv6})
        if (bound) addresses.push_back(*bound);
    if (!addresses.empty()) co_return addresses;
    co_await add_addresses(resolver, config, dns::Type::A, circumstances, addresses, is_known);
    co_await add_addresses(resolver, config, dns::Type::Aaaa, circumstances, addresses, is_known);
    co_return addresses;
}

std::string describe(const spf::Report& report, const ip::Address& address) {
    const auto& why = report.problem.empty() ? report.mechanism : report.problem;
    return fmt::format("SPF of {} gives {}{} for {}", report.domain, to_text(report.result),
                       why.empty() ? "" : " (" + why + ")", ip::to_text(address));
}

}  // namespace

net::Task<Passage> passage_of(resolver::Resolver& resolver, const Config& config, std::string reverse_path,
                              Circumstances circumstances) {
    Passage free{.is_free = false, .reason = {}, .is_known = true};
    const auto addresses = co_await own_addresses(resolver, config, circumstances, free.is_known);
    if (addresses.empty()) {
        free.reason = fmt::format("nobody knows which addresses our mail leaves from: {} has none", config.hostname);
        co_return free;
    }
    for (const auto& address : addresses) {
        spf::Request request{.client = address,
                             .helo = config.hostname,
                             .mail_from = reverse_path,
                             .identity = spf::Identity::MailFrom,
                             .receiver = config.hostname,
                             .now = circumstances.now};
        const auto examined = co_await evaluate(resolver, {}, config.spf.timeout, std::move(request), circumstances);
        const auto result = examined.report.result;
        free.reason = describe(examined.report, address);
        if (result == spf::Result::None) break;  // it is none for each of them
        if (result == spf::Result::TempError) free.is_known = false;
        if (result != spf::Result::Pass) co_return free;
    }
    free.is_free = true;
    co_return free;
}

}  // namespace policyd
