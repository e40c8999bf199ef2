#include <fmt/format.h>

#include "clamd/instream.h"
#include "policyd/scanner_talk.h"
#include "text/escape.h"

namespace policyd {
namespace {

ContentFinding finding_of(const site::Scanner& scanner, const clamd::Verdict& verdict) {
    ContentFinding finding{.stage = scanner.name, .reason = {}};
    if (verdict.kind == clamd::Verdict::Kind::Clean) return finding;
    finding.reason = "virus " + verdict.text;
    finding.tests = {"VIRUS_" + verdict.text};
    switch (scanner.virus) {
        case site::VirusFate::Reject: finding.wish = Wish::Reject; break;
        case site::VirusFate::Discard: finding.wish = Wish::Discard; break;
        case site::VirusFate::Junk: finding.wish = Wish::Junk; break;
    }
    finding.reply = {550, "5.7.1", "The message holds a virus: " + text::escaped(verdict.text, 200)};
    return finding;
}

}  // namespace

net::Task<Talked> talk_to_clamd(Talk talk) {
    co_await say(talk, clamd::command);
    const bool is_sent = co_await send_message(
        talk, [](std::string_view piece) { return clamd::length_of(piece) + std::string(piece); });
    if (!is_sent) co_return std::unexpected(std::string(unreadable_message));
    co_await say(talk, clamd::end);
    clamd::ReplyReader reader;
    std::optional<clamd::Verdict> verdict;
    while (!verdict) {
        std::string octets;
        co_await talk.stream.read_some(octets, clamd::longest_reply);
        verdict = reader.add(octets);
    }
    if (verdict->kind == clamd::Verdict::Kind::Error) co_return std::unexpected(verdict->text);
    co_return finding_of(talk.scanner, *verdict);
}

}  // namespace policyd
