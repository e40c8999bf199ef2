#include "clamd/instream.h"
#include "fuzz.h"

// However its octets come, an answer is the same; and only what says so is clean.
FUZZ(text) {
    const auto whole = clamd::ReplyReader().add(text);
    clamd::ReplyReader reader;
    std::optional<clamd::Verdict> verdict;
    for (std::size_t at = 0; at < text.size() && !verdict; ++at) verdict = reader.add(text.substr(at, 1));
    VERIFY(whole == verdict);
    if (verdict && verdict->kind == clamd::Verdict::Kind::Clean) VERIFY(text.starts_with("stream: OK"));
    if (verdict) VERIFY(verdict->text.size() <= clamd::longest_reply + 40);
}
