#pragma once
// The conversation with a program of [[scanner]] about one message: one function for each kind.

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/stream.h"
#include "policyd/content_stage.h"
#include "site/scanner.h"

namespace policyd {

/// What it found; or why that is not known, in words for an administrator. Throws net::Gone where the connection ends
/// or the time is over.
using Talked = std::expected<ContentFinding, std::string>;

/// About one message, with a scanner that answers there.
struct Talk {
    net::Stream& stream;
    const ContentScene& scene;
    const site::Scanner& scanner;
};

net::Task<Talked> talk_to_clamd(Talk talk);
net::Task<Talked> talk_to_spamd(Talk talk);
net::Task<Talked> talk_to_rspamd(Talk talk);
net::Task<Talked> talk_to_milter(Talk talk);

/// What remains of one that cannot say anything of a message.
ContentFinding unscanned(const site::Scanner& scanner, std::string why);

/// A connection whose reads end with the scene's time.
net::Task<std::expected<std::unique_ptr<net::Stream>, std::string>> connect_to(const ContentScene& scene,
                                                                               const site::Scanner& scanner);

/// Everything, in the time that is left.
net::Task<void> say(Talk talk, std::string_view octets);

/// What the message will be: our fields on top, then its octets. False: it cannot be read at the moment.
using Frame = std::function<std::string(std::string_view piece)>;
net::Task<bool> send_message(Talk talk, Frame frame);
std::uint64_t message_size(const ContentScene& scene);

inline constexpr std::string_view unreadable_message = "the message cannot be read";

}  // namespace policyd
