#include "authentication/surroundings.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "config/load.h"
#include "lang/try.h"
#include "resolver/blocking.h"
#include "site/dns.h"
#include "text/escape.h"
#include "text/utf8.h"

namespace authentication {
namespace {

struct Config {
    site::Dns dns;
};
inline auto settings(const Config*) { return std::tuple{config::setting("dns", &Config::dns, site::dns_meaning)}; }

std::expected<site::Dns, std::string> configured(const std::string& path) {
    if (!std::filesystem::exists(path)) return site::Dns{};
    const auto document = config::parse_file(path);
    if (!document) return std::unexpected(config::to_text(document.error().front()));
    const auto read = config::read<Config>(*document);
    if (!read) return std::unexpected(config::to_text(read.error().front()));
    return read->dns;
}

std::expected<site::Dns, std::string> chosen(const std::string& configuration, const std::string& table,
                                             const std::string& resolver) {
    site::Dns dns;
    if (!table.empty()) {
        dns.table = table;
    } else if (!resolver.empty()) {
        const auto server = config::Text<site::Resolver>::parse(resolver);
        if (!server) return std::unexpected(fmt::format("--resolver {}: not an address", resolver));
        dns.resolver = *server;
    } else {
        dns = TRY(configured(configuration));
    }
    return dns;
}

}  // namespace

void Dns::add_to(CLI::App& app) {
    auto* table = app.add_option("--dns-table", table_, "Answer from this file: JSON lines")->type_name("FILE");
    app.add_option("--resolver", resolver_, "Ask this resolver")->type_name("IP[:PORT]")->excludes(table);
    configuration_.add_to(app);
}

std::optional<std::string> Dns::answer_all(const std::function<const std::optional<dns::Question>&()>& next,
                                           const std::function<void(const dns::Answer&)>& answer) const {
    const auto settings = chosen(configuration_.path, table_, resolver_);
    if (!settings) return settings.error();
    auto resolver = resolver::Blocking::open(*settings);
    if (!resolver) return resolver.error();
    while (const auto& question = next()) answer(resolver->ask(*question));
    return std::nullopt;
}

int refuse(std::string_view command, std::string_view why) {
    fmt::print(stderr, "hermod {}: {}\n", command, text::escaped(why));
    return 2;
}

void repeatable(CLI::Option* option) {
    option->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::string json_text(std::string_view octets) {
    std::string text;
    while (!octets.empty()) {
        const auto length = text::utf8_character_length(octets);
        text += length == 0 ? std::string_view("\xef\xbf\xbd") : octets.substr(0, length);
        octets.remove_prefix(length == 0 ? 1 : length);
    }
    return text;
}

}  // namespace authentication
