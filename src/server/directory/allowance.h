#pragma once
// How much each account has submitted lately. Hostile: a password that somebody else has found out is worth so many
// messages an hour, and no more.

#include <cstdint>
#include <string>
#include <unordered_map>

#include "clocks/clock.h"
#include "site/submission.h"
#include "smtp/reply.h"

namespace directory {

class Allowance {
public:
    explicit Allowance(const site::Submission& terms) { use(terms); }
    void use(const site::Submission& terms) {
        messages_ = terms.messages_per_hour;
        recipients_ = terms.recipients_per_hour;
    }

    /// Positive while there is something left.
    smtp::Reply look(const std::string& account, clocks::Steady now) const;
    /// A message for so many recipients: positive and counted, or neither.
    smtp::Reply take(const std::string& account, std::uint32_t recipients, clocks::Steady now);

private:
    struct Used {
        double messages = 0;
        double recipients = 0;
        clocks::Steady at{};
    };
    Used used(const std::string& account, clocks::Steady now) const;

    std::uint32_t messages_ = 0;  // an hour; 0: any number
    std::uint32_t recipients_ = 0;
    std::unordered_map<std::string, Used> used_;
};

}  // namespace directory
