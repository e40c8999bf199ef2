#pragma once
// What a filter is told of a complete message, and what it wants done: the milter protocol, versions 2 to 6, as
// Sendmail 8.14 and later and Postfix speak it. The whole story is told at once, from the connection to the end of the
// body.
//
//   Conversation talk(story);
//   for (;;) std::visit(Overloaded{…}, talk.next());
//     Send      send these octets
//     TellBody  talk.body(some octets, or none at the end), and send what it returns
//     Wait      read, talk.take(octets)
//     Done      talk.outcome(); then send farewell
//
// Hostile: a filter parses strangers' mail, and may have been broken into. Whatever does not follow the protocol ends
// the conversation as an error; nothing that it asks for counts unless it got to the end.

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ip/address.h"
#include "milter/packet.h"
#include "smtp/reply.h"

namespace milter {

/// What is told.
struct Story {
    std::string client_name;  // "[192.0.2.1]" where it is not known
    std::optional<ip::Address> client;
    std::uint16_t port = 0;
    std::string helo;
    std::string reverse_path;  // without brackets
    std::vector<std::string> recipients;
    std::vector<std::pair<std::string, std::string>> fields;  // of the header; values as they stand, with their CRLF
    std::map<std::string, std::string> macros;                // "j", "{auth_authen}"; each is told where it belongs
};

// What it wants changed, at the end of the message. Values of fields as they stand behind the colon, with LF for line
// ends.
struct AddField {
    std::string name;
    std::string value;
    bool operator==(const AddField&) const = default;
};
struct InsertField {
    std::uint32_t place = 0;
    std::string name;
    std::string value;
    bool operator==(const InsertField&) const = default;
};
/// Of the fields of this name the one with this number, from 1; without a value it goes.
struct ChangeField {
    std::uint32_t number = 0;
    std::string name;
    std::string value;
    bool operator==(const ChangeField&) const = default;
};
struct ReplaceBody {
    std::string octets;
    bool operator==(const ReplaceBody&) const = default;
};
struct AddRecipient {
    std::string address;
    bool operator==(const AddRecipient&) const = default;
};
struct DeleteRecipient {
    std::string address;
    bool operator==(const DeleteRecipient&) const = default;
};
struct ChangeSender {
    std::string address;
    bool operator==(const ChangeSender&) const = default;
};
struct Quarantine {
    std::string reason;
    bool operator==(const Quarantine&) const = default;
};
using Change = std::variant<AddField, InsertField, ChangeField, ReplaceBody, AddRecipient, DeleteRecipient,
                            ChangeSender, Quarantine>;
std::string_view describe(const Change& change);  // "a change of the header"

struct Outcome {
    std::optional<smtp::Reply> refusal;  // for now or for good
    bool discard = false;
    std::vector<Change> changes;  // of a message that is taken
    bool operator==(const Outcome&) const = default;
};

// The steps.
struct Send {
    std::string octets;
};
struct TellBody {};
struct Wait {};
struct Done {};
using Step = std::variant<Send, TellBody, Wait, Done>;

constexpr std::size_t longest_body_piece = 65'535;
constexpr std::size_t most_changes = 1'000;
constexpr std::size_t most_octets_of_changes = 64 * 1024 * 1024;

class Conversation {
public:
    explicit Conversation(Story story) : story_(std::move(story)) {}

    Step next();
    /// The next piece of the body, no longer than longest_body_piece; nothing: that was all.
    std::string body(std::string_view piece);
    void take(std::string_view octets);
    /// Once Done. The error: why nothing is known, in words for an administrator.
    const std::expected<Outcome, std::string>& outcome() const { return *outcome_; }

private:
    enum class Stage : std::uint8_t {
        Negotiate,
        Connect,
        Helo,
        Mail,
        Rcpt,
        Data,
        Header,
        EndOfHeader,
        Body,
        EndOfBody
    };

    std::string negotiate();
    std::string told();
    std::string told_of_client() const;
    std::string macros_for(char command);
    bool is_unwanted(Stage stage) const;
    bool is_unanswered(Stage stage) const;
    void advance();
    void on(const Packet& packet);
    void on_negotiated(std::string_view data);
    void on_change(const Packet& packet);
    void decide(Outcome outcome);
    void fail(std::string why);

    Story story_;
    PacketReader reader_;
    Stage stage_ = Stage::Negotiate;
    std::size_t item_ = 0;  // of recipients, of fields
    bool is_awaited_ = false;
    std::uint32_t actions_ = 0;
    std::uint32_t protocol_ = 0;
    std::map<std::uint32_t, std::string> wanted_macros_;  // by the number of a stage, where the filter chose
    std::vector<Change> changes_;
    std::size_t octets_of_changes_ = 0;
    std::optional<std::expected<Outcome, std::string>> outcome_;
};

/// That nothing more is wanted.
std::string farewell();

}  // namespace milter
