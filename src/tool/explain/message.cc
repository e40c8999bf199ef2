#include "explain/message.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "account/desk.h"
#include "check/elsewhere.h"
#include "config/load.h"
#include "explain/asking.h"
#include "file/descriptor.h"
#include "lang/try.h"
#include "senders/file.h"
#include "smtpd/config.h"

namespace explain {
namespace {

/// The list that `hermod sender` keeps. In a folder that is not root's nothing is read as root.
std::expected<senders::List, std::string> list_of_senders(const policyd::Config& config) {
    const auto path = site::policy_folder(config);
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return senders::List();
    const auto text = TRY(check::found_elsewhere([&]() -> std::string {
        if (!account::become_owner(path)) return "! its owner cannot be become";
        const file::Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!folder) return "! " + path + " cannot be read";
        const auto list = senders::read(folder.get());
        return list ? list->to_text() : "! " + list.error();
    }));
    if (text.starts_with("! ")) return std::unexpected(text.substr(2));
    return senders::List::parse(text);
}

}  // namespace

std::expected<policyd::Rehearsed, std::string> explain_message(const std::string& configuration,
                                                               const Message& message) {
    const auto config = config::load<policyd::Config>(configuration);
    const auto client = ip::parse_address(message.sender.client);
    if (!client && !message.sender.client.empty())
        return std::unexpected(fmt::format("--ip {}: not an address", message.sender.client));
    policyd::Presented presented{.octets = message.octets,
                                 .client = client ? std::optional(*client) : std::nullopt,
                                 .helo = message.sender.helo,
                                 .reverse_path = message.sender.reverse_path,
                                 .recipients = message.recipients,
                                 .is_our_own = message.may_relay};
    if (client) {
        const auto smtpd = config::load<smtpd::Config>(configuration);
        presented.is_our_own = presented.is_our_own || site::may_relay(smtpd.relay, smtpd.client, *client);
    }
    std::optional<senders::List> list;
    if (config.senders.behavior != site::SendersBehavior::Off) {
        auto read = list_of_senders(config);
        if (!read) return std::unexpected("the list of senders: " + read.error());
        list = *std::move(read);
    }
    return ask<policyd::Rehearsed>(config, [&](resolver::Resolver& resolver, policyd::Circumstances circumstances) {
        return policyd::rehearse(resolver, config, presented, list ? &*list : nullptr, std::move(circumstances));
    });
}

}  // namespace explain
