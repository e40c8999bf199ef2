#pragma once
// Where mail for a domain goes: which hosts, in which order. RFC 5321 §5.1, RFC 7505 (null MX), RFC 3463 (statuses).
//
// A state machine without a network: it names the questions it needs, is given the answers, and ends with hosts or with
// the reason why there are none. Its randomness (§5.1: equal preferences are to be shuffled) is a seed.
//
//   Exchangers exchangers(domain, ours, seed);
//   while (!exchangers.is_done()) {
//       const Question question = exchangers.questions().front();  // a copy: the answer changes the list
//       exchangers.answer(question, co_await resolver.ask(question));
//   }
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
    std::vector<ip::Address> addresses;    // loopback and unspecified addresses always count as ours
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
        bool had_failure = false;  // an address question without an answer
        std::vector<ip::Address> addresses;
        std::uint64_t lot = 0;  // decides between equal preferences
    };

    void take_literal(std::string_view literal);
    void take_domain(std::string_view domain);
    void add_candidate(const Name& host, std::uint16_t preference);
    void take_mx(const Answer& answer);
    void collect_candidates(const std::vector<Record>& records);
    void sort_candidates();
    void ask_for_addresses();
    void take_addresses(const Name& host, const Answer& answer);
    void drop_ourselves_and_worse();
    void add_addresses(std::vector<Exchanger>& hosts, const Candidate& candidate, ip::Family family) const;
    void conclude();
    void fail(std::uint16_t code, std::string_view status, std::string text);
    void fail_without_hosts();

    std::string domain_text_;
    Ourselves ourselves_;
    std::uint64_t seed_;
    bool mx_is_secure_ = false;
    bool is_implicit_ = false;           // the domain has no MX: it is its own exchanger
    bool led_back_to_us_ = false;        // candidates were dropped because we are among them
    std::vector<Candidate> candidates_;  // best first
    std::vector<Question> questions_;
    std::variant<Pending, std::vector<Exchanger>, NoRoute> result_;
};

}  // namespace dns
