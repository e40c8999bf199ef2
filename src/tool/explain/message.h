#pragma once
// What would be thought of a whole message, as policyd would look at it when it is complete, and what would have made
// a difference.

#include <expected>
#include <string>
#include <vector>

#include "explain/sender.h"
#include "policyd/explain.h"

namespace explain {

struct Message {
    Sender sender;
    std::string octets;
    std::vector<std::string> recipients;
    bool may_relay = false;  // it is one of our people who brings it
};

/// `configuration`: its text. What is wrong with it, or with what is asked, in words.
std::expected<policyd::Rehearsed, std::string> explain_message(const std::string& configuration,
                                                               const Message& message);

std::string to_text(const policyd::Rehearsed& verdict);
/// The keys that hermod-explain(1) lists.
std::string to_json(const policyd::Rehearsed& verdict);

}  // namespace explain
