#pragma once
// Where mail for a domain goes: which hosts, in which order. RFC 5321 §5.1, RFC 7505 (null MX), RFC 3463 (statuses).
//
// A state machine without a network: it names the questions it needs, is given the answers, and ends with hosts or with
// the reason why there are none. Its randomness (§5.1: equal preferences are to be shuffled) is a seed.
//
//   Exchangers exchangers(domain, ours, seed);
//   while (!exchangers.is_done())
//       for (auto question : exchangers.questions()) exchangers.answer(question, co_await resolver.ask(question));
//
// `questions()` gives all that may be asked now, at the same time if one likes.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dns/answer.h"

namespace dns {

constexpr std::size_t most_exchangers = 20;
constexpr std::size_t most_exchanger_addresses = 32;

/// One address to try. Hosts come in order of preference; the addresses of a host stand together, IPv6 first.
struct Exchanger {
    std::string host;  // "mx.example.org"; for an address literal: "[192.0.2.1]"
    ip::Address address;
    std::uint16_t preference = 0;
    bool is_secure = false;  // the MX and the address answers were validated (RFC 7672 §2.2)

    bool operator==(const Exchanger&) const = default;
};

/// Why there is nowhere to go, as a reply to tell the sender.
struct NoRoute {
    std::uint16_t code = 451;
    std::string status;  // "4.4.3"
    std::string text;

    bool is_temporary() const { return code < 500; }
    bool operator==(const NoRoute&) const = default;
};

/// How we recognise ourselves among the exchangers (RFC 5321 §5.1: they and all worse ones are dropped).
struct Ourselves {
    std::vector<std::string> host_names;
    std::vector<ip::Address> addresses;  // loopback and unspecified addresses always count as ours
    bool may_connect_to_loopback = false;  // for tests: loopback is ours only where it is listed

    bool has(const Name& host) const;
    bool has(const ip::Address& address) const;
};

class Exchangers {
public:
    /// The domain as A-labels, or an address literal with its brackets.
    Exchangers(std::string_view domain, Ourselves ourselves, std::uint64_t seed);

    bool is_done() const { return !std::holds_alternative<Pending>(result_); }
    const std::vector<Question>& questions() const { return questions_; }
    /// Answers to questions not asked are ignored.
    void answer(const Question& question, const Answer& answer);

    /// Once done: one of the two is not null.
    const std::vector<Exchanger>* hosts() const { return std::get_if<std::vector<Exchanger>>(&result_); }
    const NoRoute* no_route() const { return std::get_if<NoRoute>(&result_); }

private:
    struct Pending {};
    struct Candidate {
        Name host;
        std::uint16_t preference = 0;
        bool is_ours = false;
        bool is_secure = true;
        bool had_failure = false;  // an address lookup without an answer
        std::vector<ip::Address> addresses;
    };

    void take_literal(std::string_view literal);
    void take_mx(const Answer& answer);
    void take_implicit(const Answer& answer);
    void shuffle_equal_preferences(std::uint64_t seed);
    void ask_for_addresses();
    void take_addresses(const Question& question, const Answer& answer);
    void drop_ourselves_and_worse();
    void conclude();
    void fail(std::uint16_t code, std::string status, std::string text);

    Name domain_;
    Ourselves ourselves_;
    std::uint64_t seed_;
    bool mx_is_secure_ = false;
    bool is_implicit_ = false;  // the domain has no MX: it is its own exchanger
    bool name_is_missing_ = false;
    std::vector<Candidate> candidates_;
    std::vector<Question> questions_;
    std::variant<Pending, std::vector<Exchanger>, NoRoute> result_;
};

}  // namespace dns
