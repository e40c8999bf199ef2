// Whatever stands in qmail's files, what is made of it is a configuration that our processes read.
#include <array>
#include <utility>

#include "config/load.h"
#include "config/parse.h"
#include "directory/config.h"
#include "fuzz.h"
#include "import/qmail.h"
#include "qmgr/config.h"

namespace {

constexpr auto names = std::to_array<std::string_view>(
    {"me", "locals", "rcpthosts", "virtualdomains", "smtproutes", "databytes", "queuelifetime", "concurrencylocal",
     "timeoutremote", "percenthack", "doublebounceto", "doublebouncehost", "defaultdelivery"});
constexpr auto aliases =
    std::to_array<std::string_view>({".qmail-ann", ".qmail-list-ann", ".qmail-list-default", ".qmail-default"});

/// The pieces between lines of "--".
std::string_view next_piece(std::string_view& input) {
    constexpr std::string_view border = "\n--\n";
    const auto piece = input.substr(0, input.find(border));
    input.remove_prefix(std::min(piece.size() + border.size(), input.size()));
    return piece;
}

}  // namespace

FUZZ(input) {
    import::QmailSite site{.folder = "/q", .control = {}, .aliases = {}, .assign = {}, .clients = {}, .spamdyke = {}};
    const auto file = [&](std::string_view name) {
        return import::File{"/q/" + std::string(name), std::string(next_piece(input))};
    };
    for (const auto& name : names) site.control[std::string(name)] = file(name);
    for (const auto& name : aliases) site.aliases[import::extension_of(name)] = {.file = file(name)};
    site.assign = file("assign");
    site.clients = file("tcp.smtp");
    site.spamdyke = file("spamdyke.conf");
    const auto [draft, report, mailboxes] = import::translate_qmail(
        site, [](const std::string&) -> std::expected<import::File, std::string> { return std::unexpected("no"); });
    const auto document = config::parse_text(import::to_toml(draft, report), "hermod.toml");
    VERIFY(document.has_value());
    VERIFY(config::read<directory::Config>(*document).has_value());
    VERIFY(config::read<qmgr::Config>(*document).has_value());
}
