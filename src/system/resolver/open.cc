#include "resolver/open.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "dns/table.h"
#include "lang/try.h"
#include "resolver/unbound.h"

namespace resolver {

namespace {

std::expected<std::string, std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::unexpected(fmt::format("cannot open {}", path));
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) return std::unexpected(fmt::format("cannot read {}", path));
    return text;
}

std::expected<std::unique_ptr<Resolver>, std::string> open_table(const std::string& path) {
    const auto text = TRY(read_file(path));
    auto table = dns::parse_table(text);
    if (!table) return std::unexpected(fmt::format("{}:{}: {}", path, table.error().line, table.error().problem));
    return std::make_unique<TableResolver>(std::move(*table));
}

}  // namespace

std::expected<std::unique_ptr<Resolver>, std::string> open(boost::asio::io_context& context,
                                                           const site::Dns& settings) {
    if (!settings.table.empty()) return open_table(settings.table);
    Settings unbound{.deadline = settings.timeout};
    if (settings.resolver.server) unbound.forward_to.push_back(*settings.resolver.server);
    if (!settings.trust_anchors.empty()) {
        unbound.trust_anchors = TRY(read_file(settings.trust_anchors));
    } else if (!settings.resolver.server) {
        auto keys = read_file(root_keys);
        if (!keys) return std::unexpected(keys.error() + "; install dns-root-data, or name a resolver in [dns]");
        unbound.trust_anchors = std::move(*keys);
    }
    try {
        return std::make_unique<UnboundResolver>(context, unbound);
    } catch (const std::runtime_error& error) {
        if (settings.trust_anchors.empty()) return std::unexpected(error.what());
        // libunbound does not say that it is they; and little else can be wrong with it.
        return std::unexpected(
            fmt::format("{}; are there DS or DNSKEY records in {}?", error.what(), settings.trust_anchors));
    }
}

}  // namespace resolver
