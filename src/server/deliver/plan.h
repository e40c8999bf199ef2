#pragma once
// What a user wants done with a message, in order: his instructions as a worker has read them. Hostile: they are the
// user's, and so is the worker, so deliver looks at them again before it acts.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace deliver {

struct Step {
    enum class Kind : std::uint8_t {
        Mailbox,  // the one that directory told
        Maildir,
        Mbox,
        Program,
        Forward,  // all of them at the end, and only if nothing failed
    };
    Kind kind = Kind::Mailbox;
    std::string text;  // the path, the command, the address in canonical form
    bool operator==(const Step&) const = default;
};
constexpr auto fields(const Step*) { return std::tuple{&Step::kind, &Step::text}; }

struct Plan {
    std::vector<Step> steps;
    std::optional<std::string> rest;  // of the extension: what "default" in the file's name stands for
    bool has_owner = false;           // .qmail-EXTENSION-owner exists: forwards come from there
    bool has_owner_default = false;   // .qmail-EXTENSION-owner-default too: from an own address for each recipient
    bool operator==(const Plan&) const = default;
};
constexpr auto fields(const Plan*) {
    return std::tuple{&Plan::steps, &Plan::rest, &Plan::has_owner, &Plan::has_owner_default};
}

constexpr std::size_t most_steps = 10'000;

}  // namespace deliver
