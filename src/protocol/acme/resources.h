#pragma once
// What an ACME server sends, as values: RFC 8555 §7.1, §6.7.
//
// Hostile: every answer may be anything. What is accepted here has the members that its kind must have, of the right
// type and of bounded size; every address in it is one of HTTPS (§6.1), and every token is one that can stand in a path
// (§8.3). Members that nobody asked for are passed over (§6.4).

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acme/error.h"

namespace acme {

constexpr std::size_t longest_answer = 128 * 1024;  // octets, of JSON or a chain of certificates
constexpr std::size_t most_identifiers = 100;

/// §7.1.1
struct Directory {
    std::string new_nonce;
    std::string new_account;
    std::string new_order;
    std::string revoke_certificate;
    std::string terms_of_service;  // an address for people; empty: none
    bool requires_external_account = false;
    bool operator==(const Directory&) const = default;
};

/// §6.7; RFC 9457
struct Problem {
    std::string type;  // what follows "urn:ietf:params:acme:error:", else the whole
    std::string detail;
    bool operator==(const Problem&) const = default;
};
std::string to_text(const Problem& problem);

/// §7.1.6, of all kinds of object.
enum class Status : std::uint8_t { Pending, Ready, Processing, Valid, Invalid, Deactivated, Expired, Revoked };

enum class ChallengeType : std::uint8_t { Http01, TlsAlpn01, Dns01 };
std::string_view name(ChallengeType type);  // "http-01"

/// §7.1.5, §8
struct Challenge {
    ChallengeType type = ChallengeType::Http01;
    std::string url;
    std::string token;
    Status status = Status::Pending;
    std::optional<Problem> problem{};
    bool operator==(const Challenge&) const = default;
};

/// §7.1.4. Challenges of kinds that we do not know are left out.
struct Authorization {
    std::string name;  // the DNS name, without "*."
    Status status = Status::Pending;
    std::vector<Challenge> challenges;
    bool operator==(const Authorization&) const = default;
};

/// §7.1.3
struct Order {
    Status status = Status::Pending;
    std::vector<std::string> authorizations;
    std::string finalize;
    std::string certificate;  // when it is valid
    std::optional<Problem> problem{};
    bool operator==(const Order&) const = default;
};

template <typename T>
using Read = std::expected<T, Error>;

Read<Directory> parse_directory(std::string_view json);
Read<Order> parse_order(std::string_view json);
Read<Authorization> parse_authorization(std::string_view json);
/// The status of an account: §7.1.2.
Read<Status> parse_account(std::string_view json);
/// Absent: it is none.
std::optional<Problem> parse_problem(std::string_view json);

/// The certificates of a chain in PEM form, each as DER, the leaf first: §9.1. Anything else in it is refused (§11.4: a
/// server could slip in a private key).
Read<std::vector<std::string>> parse_chain(std::string_view pem);

/// §6.5.1: octets of base64url, which can stand in a header field.
bool is_nonce(std::string_view text);

}  // namespace acme
