#pragma once
// One piece of business with an ACME server, from its directory to the end: a certificate issued, or one revoked.
// RFC 8555 §7.
//
// A state machine that says what to do next and takes what came of it; it knows no network, no files and no clock:
//
//   acme::Conversation conversation(key, acme::Issue{…});
//   auto step = conversation.begin();
//   // Send: make the request, step = conversation.take(answer).
//   // Prepare: make the challenge answerable, step = conversation.proceed(). Pause: wait, step =
//   conversation.proceed().
//   // Issued, Revoked, Error: the end. What was prepared may be withdrawn then, and not before.
//
// It always ends: answers are bounded, polls are counted, and so are requests repeated for a stale nonce.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "acme/account_key.h"
#include "acme/resources.h"

namespace acme {

struct Issue {
    std::vector<std::string> names;  // DNS names, lower case, at least one; "*.example.org" by dns-01 only
    std::string request;             // PKCS #10, DER
    ChallengeType challenge = ChallengeType::Http01;
};
struct Revoke {
    std::string certificate;  // DER
    unsigned reason = 0;      // RFC 5280 §5.3.1
};

/// Whom to talk to, and as whom.
struct Server {
    std::string directory;             // its address
    std::vector<std::string> contact;  // "mailto:…"
    bool agrees_to_terms = false;
};

enum class Method : std::uint8_t { Get, Head, Post };

struct Send {
    Method method = Method::Get;
    std::string url;
    std::string content;  // of a POST: application/jose+json
    bool operator==(const Send&) const = default;
};

/// What a validation server must find.
struct Prepare {
    ChallengeType type = ChallengeType::Http01;
    std::string name;  // without "*."
    std::string token;
    std::string key_authorization;
    bool operator==(const Prepare&) const = default;
};

struct Pause {
    std::chrono::seconds time{0};
    bool operator==(const Pause&) const = default;
};

struct Issued {
    std::string chain;  // PEM
};
struct Revoked {};

using Step = std::variant<Send, Prepare, Pause, Issued, Revoked, Error>;

/// What came back for a Send.
struct Answer {
    unsigned status = 0;
    std::string nonce;        // the field Replay-Nonce
    std::string location;     // Location
    std::string retry_after;  // Retry-After
    std::string body;
    std::chrono::sys_seconds received{};
};

class Conversation {
public:
    Conversation(AccountKey key, Server server, std::variant<Issue, Revoke> goal);

    Step begin();
    Step take(const Answer& answer);  // after a Send
    Step proceed();                   // after Prepare and Pause

private:
    enum class Awaited : std::uint8_t {
        Directory,
        Nonce,
        Account,
        NewOrder,
        Authorization,
        Challenge,
        Order,
        Certificate,
        Revocation,
    };

    Step send(Method method, std::string url, Awaited awaited);
    Step post(std::string url, std::string payload, Awaited awaited);
    Step post_as_get(std::string url, Awaited awaited) { return post(std::move(url), "", awaited); }
    Step repeat();
    Step refused(const Answer& answer);
    Step take_success(const Answer& answer);
    Step take_directory(std::string_view body);
    Step take_account(const Answer& answer);
    Step take_new_order(const Answer& answer);
    Step take_authorization(const Answer& answer);
    Step take_order(const Answer& answer);
    Step take_certificate(const Answer& answer) const;
    Step next_authorization();
    Step answer_challenge(const Authorization& authorization);
    Step poll_later(const Answer& answer, std::string url, Awaited awaited);

    AccountKey key_;
    Server server_;
    std::variant<Issue, Revoke> goal_;

    Directory directory_;
    std::string account_;  // its address
    std::string order_;    // its address
    std::vector<std::string> authorizations_;
    std::size_t current_ = 0;  // of these
    std::string challenge_;    // the address of the one that is prepared

    Awaited awaited_ = Awaited::Directory;
    std::string nonce_;
    // The last POST, which may have to be signed anew.
    std::string address_;
    std::string payload_;
    Awaited after_nonce_ = Awaited::Account;
    unsigned repeated_ = 0;
    unsigned polls_ = 0;
    bool is_answered_ = false;  // the challenge of the current authorization
};

}  // namespace acme
