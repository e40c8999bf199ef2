#pragma once
// What policyd hears: smtpd's questions about mail before it is taken, and directory's about mail that is sent on.
// Nothing else under server/policyd may be
// included from outside.

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "ip/address.h"
#include "smtp/reply.h"

namespace policyd {

/// May this client send in this name? Asked at MAIL; exactly one Opinion answers.
struct CheckSender {
    std::uint64_t ticket = 0;
    ip::Address client;
    std::string helo;          // as it was said
    std::string reverse_path;  // without brackets; empty: the null reverse-path
    bool operator==(const CheckSender&) const = default;
};
constexpr auto fields(const CheckSender*) {
    return std::tuple{&CheckSender::ticket, &CheckSender::client, &CheckSender::helo, &CheckSender::reverse_path};
}

using FromSmtpd = std::variant<CheckSender>;

/// From directory: would mail from this sender pass SPF if we sent it on as it is? Answered by directory::Passage.
struct CheckPassage {
    std::uint64_t ticket = 0;
    std::string reverse_path;  // never the null one
    bool operator==(const CheckPassage&) const = default;
};
constexpr auto fields(const CheckPassage*) { return std::tuple{&CheckPassage::ticket, &CheckPassage::reverse_path}; }

using FromDirectory = std::variant<CheckPassage>;

/// Beyond this, what is to be put on a message is left out: the place of the queue id is in its first octets.
constexpr std::size_t longest_trace = 3000;

/// What SPF says of one identity.
struct Finding {
    bool is_of_helo = false;  // else of the sender's domain, or where it is null of HELO in its place
    std::string domain;
    std::string result;  // "softfail"
    std::string reason;  // the mechanism that matched, or the trouble
    bool operator==(const Finding&) const = default;
};
constexpr auto fields(const Finding*) {
    return std::tuple{&Finding::is_of_helo, &Finding::domain, &Finding::result, &Finding::reason};
}

/// What recipients hear whose domain has a grade of its own ([spf.domains]).
struct GradedReply {
    std::uint8_t behavior = 0;  // site::SpfBehavior
    smtp::Reply reply;
    bool operator==(const GradedReply&) const = default;
};
constexpr auto fields(const GradedReply*) { return std::tuple{&GradedReply::behavior, &GradedReply::reply}; }

struct Opinion {
    std::uint64_t ticket = 0;
    smtp::Reply reply;                     // positive: take it; else what the client hears, at each RCPT
    bool at_mail = false;                  // or at MAIL already
    std::vector<GradedReply> graded = {};  // in its place, for recipients of domains with another grade
    std::string trace;                     // whole header fields to be put on top of the message, above ours
    std::vector<Finding> findings = {};    // the one that decided comes first; none: nobody was asked
    bool operator==(const Opinion&) const = default;
};
constexpr auto fields(const Opinion*) {
    return std::tuple{&Opinion::ticket, &Opinion::reply, &Opinion::at_mail,
                      &Opinion::graded, &Opinion::trace, &Opinion::findings};
}

}  // namespace policyd
