#pragma once
// What rspamd is asked about a message over HTTP ("/checkv2"), and what it answers: its own protocol, as its worker
// "normal" speaks it. The message itself is the content of the request.
//
// Hostile: the envelope is a stranger's, and stands in header fields; and rspamd may have been broken into. What it
// says has limits, and what is no verdict counts as no answer.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rspamd {

inline constexpr std::string_view target = "/checkv2";
constexpr std::size_t longest_answer = 1024 * 1024;
constexpr std::size_t most_recipients = 100;
constexpr std::size_t most_symbols = 1000;

struct Envelope {
    std::string client;  // an address; empty: none is known
    std::string helo;
    std::string reverse_path;
    std::vector<std::string> recipients;
    std::string user;  // who has logged in; empty: nobody
    std::string hostname;
};

/// Fields of the request; some names come several times. What could end a field is replaced by '?'.
std::vector<std::pair<std::string, std::string>> fields_of(const Envelope& envelope);

/// What it would do itself.
enum class Action : std::uint8_t { None, Greylist, AddHeader, RewriteSubject, SoftReject, Reject, Discard, Quarantine };

struct Verdict {
    Action action = Action::None;
    double score = 0;
    double required = 0;               // from which it would reject
    std::vector<std::string> symbols;  // those that count for something
    std::string message;               // what the client is to hear; empty: nothing certain
    bool operator==(const Verdict&) const = default;
};
std::expected<Verdict, std::string> parse_answer(std::string_view json);

std::string_view to_text(Action action);  // as rspamd calls it: "soft reject"

}  // namespace rspamd
