#include "fuzz.h"
#include "milter/conversation.h"

namespace {

milter::Story story() {
    return {.client_name = "[192.0.2.7]",
            .client = ip::v4(0xc0000207),
            .helo = "h",
            .reverse_path = "a@b",
            .recipients = {"c@d"},
            .fields = {{"A", "b"}},
            .macros = {}};
}

/// The octets are what the filter says, in pieces of this length, whenever it is listened to.
std::optional<std::expected<milter::Outcome, std::string>> converse(std::string_view said, std::size_t piece) {
    milter::Conversation talk(story());
    bool is_told = false;
    for (;;) {
        const auto step = talk.next();
        if (std::holds_alternative<milter::Done>(step)) return talk.outcome();
        if (std::holds_alternative<milter::TellBody>(step)) {
            talk.body(is_told ? "" : "x");
            is_told = true;
        }
        if (!std::holds_alternative<milter::Wait>(step)) continue;
        if (said.empty()) return std::nullopt;
        // One packet at a time, as a filter answers when it is asked.
        std::string_view rest(said);
        const auto length = milter::take_number(rest);
        const auto size = length && *length <= rest.size() ? 4 + *length : said.size();
        for (std::size_t at = 0; at < size; at += piece) talk.take(said.substr(0, size).substr(at, piece));
        said.remove_prefix(size);
    }
}

}  // namespace

// Whatever a filter says, the conversation ends or waits for more; and it is the same however its octets come.
FUZZ(text) {
    const auto whole = converse(text, text.size() + 1);
    VERIFY(whole == converse(text, 1));
    if (!whole || !*whole) return;
    const auto& outcome = **whole;
    if (outcome.refusal) VERIFY(outcome.refusal->is_temporary() || outcome.refusal->is_permanent());
    VERIFY(outcome.changes.size() <= milter::most_changes);
    if (outcome.refusal || outcome.discard) VERIFY(outcome.changes.empty());
}
