#pragma once
// What a domain publishes, compared with what it should: with a word on what to change for each thing that is wrong.

#include <cstdint>
#include <string>
#include <vector>

#include "authentication/surroundings.h"
#include "ip/address.h"
#include "publication/wanted.h"
#include "signing_keys/publication.h"

namespace publication {

enum class Grade : std::uint8_t { Good, Advice, Fault, Unknown };  // Unknown: the DNS did not answer
std::string_view to_text(Grade grade);

struct Finding {
    std::string about;  // "mx", "address", "reverse", "spf", "dkim", "dmarc"
    Grade grade = Grade::Good;
    std::string text;
    std::string remedy{};  // what to change; empty: nothing
};

class Inspection {
public:
    Inspection(const authentication::Dns& dns, std::string hostname, std::string domain, std::vector<Key> keys,
               std::int64_t now)
        : dns_(dns), hostname_(std::move(hostname)), domain_(std::move(domain)), keys_(std::move(keys)), now_(now) {}

    /// What is wrong with the table or the resolver, in words.
    std::expected<std::vector<Finding>, std::string> run();

private:
    using Result = std::expected<void, std::string>;
    struct Reverse {
        bool has_name = false;  // ours
        bool is_known = true;
        std::string others;
    };

    std::expected<dns::Answer, std::string> ask(std::string_view name, dns::Type type) const;
    void note(std::string about, Grade grade, std::string text, std::string remedy = {});
    /// Noted if so.
    bool is_unanswered(std::string_view about, std::string_view name, const dns::Answer& answer);

    Result look_at_exchangers();
    Result look_at_addresses();
    Result look_at_reverse(const ip::Address& address);
    Result look_at_spf();
    Result look_at_spf_of(const ip::Address& address);
    Result look_at_keys();
    void look_at_key(const Key& key, const dns::Answer& answer);
    void note_revoked(const std::string& name, signing_keys::Published found, const std::string& publish);
    Result look_at_dmarc();

    const authentication::Dns& dns_;
    std::string hostname_;
    std::string domain_;
    std::vector<Key> keys_;
    std::int64_t now_;
    std::vector<ip::Address> addresses_;  // ours
    std::vector<Finding> findings_;
};

/// "1.2.0.192.in-addr.arpa" (RFC 1035 §3.5, RFC 3596 §2.5)
std::string reverse_name(const ip::Address& address);

}  // namespace publication
