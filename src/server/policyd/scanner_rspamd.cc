#include <fmt/format.h>

#include "http/client.h"
#include "ip/address.h"
#include "policyd/scanner_talk.h"
#include "rspamd/check.h"
#include "text/escape.h"

namespace policyd {
namespace {

using rspamd::Action;

http::Request request_about(Talk talk) {
    const auto& asked = talk.scene.asked;
    const rspamd::Envelope envelope{.client = asked.client ? ip::to_text(*asked.client) : "",
                                    .helo = asked.helo,
                                    .reverse_path = asked.reverse_path,
                                    .recipients = asked.recipients,
                                    .user = asked.account,
                                    .hostname = talk.scene.config.hostname};
    return {.method = "POST",
            .host = talk.scanner.address.starts_with('/') ? "localhost" : talk.scanner.address,
            .target = std::string(rspamd::target),
            .fields = {},
            .repeated = rspamd::fields_of(envelope),
            .content = {}};
}

Wish wish_of(Action action) {
    switch (action) {
        case Action::None:
        case Action::Greylist: break;  // it has its own books for that, and its own way to ask for it: soft reject
        case Action::AddHeader:
        case Action::RewriteSubject:
        case Action::Quarantine: return Wish::Junk;
        case Action::SoftReject: return Wish::Defer;
        case Action::Reject: return Wish::Reject;
        case Action::Discard: return Wish::Discard;
    }
    return Wish::None;
}

ContentFinding finding_of(const site::Scanner& scanner, rspamd::Verdict verdict) {
    ContentFinding finding{
        .stage = scanner.name, .reason = std::string(to_text(verdict.action)), .score = verdict.score * scanner.weight};
    for (const auto& symbol : verdict.symbols) finding.reason += ", " + symbol;
    finding.tests = std::move(verdict.symbols);
    if (!scanner.follow_action) return finding;
    finding.wish = wish_of(verdict.action);
    const auto text =
        verdict.message.empty() ? std::string("The message looks like spam") : text::escaped(verdict.message);
    if (finding.wish == Wish::Defer) finding.reply = {451, "4.7.1", text + "; try again later"};
    if (finding.wish == Wish::Reject || finding.wish == Wish::Discard) finding.reply = {550, "5.7.1", text};
    return finding;
}

}  // namespace

net::Task<Talked> talk_to_rspamd(Talk talk) {
    const auto request = request_about(talk);
    const auto head = http::head_of(request, static_cast<std::size_t>(message_size(talk.scene)));
    co_await say(talk, head);
    const bool is_sent = co_await send_message(talk, [](std::string_view piece) { return std::string(piece); });
    if (!is_sent) co_return std::unexpected(std::string(unreadable_message));
    const auto response =
        co_await http::read_response(talk.stream, request.method, {.head = 32 * 1024, .body = rspamd::longest_answer});
    if (!response) co_return std::unexpected("its answer is no HTTP: " + response.error());
    if (response->status != 200) co_return std::unexpected(fmt::format("it answers with status {}", response->status));
    auto verdict = rspamd::parse_answer(response->body);
    if (!verdict) co_return std::unexpected(std::move(verdict.error()));
    co_return finding_of(talk.scanner, *std::move(verdict));
}

}  // namespace policyd
