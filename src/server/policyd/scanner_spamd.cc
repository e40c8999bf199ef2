#include "policyd/scanner_talk.h"
#include "spamc/symbols.h"

namespace policyd {
namespace {

constexpr std::size_t piece_size = 16 * 1024;

ContentFinding finding_of(const site::Scanner& scanner, spamc::Verdict verdict) {
    ContentFinding finding{.stage = scanner.name, .reason = {}, .score = verdict.score * scanner.weight};
    for (const auto& test : verdict.tests) finding.reason += (finding.reason.empty() ? "" : ", ") + test;
    finding.tests = std::move(verdict.tests);
    return finding;
}

net::Task<spamc::Response> read_response(net::Stream& stream) {
    spamc::ResponseReader reader;
    try {
        for (;;) {
            std::string octets;
            co_await stream.read_some(octets, piece_size);
            if (auto response = reader.add(octets)) co_return *std::move(response);
        }
    } catch (const net::Gone& gone) {
        if (gone.why != net::Gone::Why::Closed) throw;
    }
    co_return reader.finish();
}

}  // namespace

net::Task<Talked> talk_to_spamd(Talk talk) {
    const auto request = spamc::request(message_size(talk.scene), talk.scanner.user);
    co_await say(talk, request);
    const bool is_sent = co_await send_message(talk, [](std::string_view piece) { return std::string(piece); });
    if (!is_sent) co_return std::unexpected(std::string(unreadable_message));
    auto response = co_await read_response(talk.stream);
    if (!response) co_return std::unexpected(std::move(response.error()));
    co_return finding_of(talk.scanner, *std::move(response));
}

}  // namespace policyd
