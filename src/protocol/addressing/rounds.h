#pragma once
// Mail that would go round, found before there is any: of aliases that lead to one another, and of what is said behind
// them, such as a user's instructions that send mail on, or a route that leads back to this server.
//
//   find_rounds(book, rules, {"list@example.org"}, onward)     from every alias of a book
//
// Pure: where mail goes on behind a delivery is told by `onward`. Each address is resolved once.

#include <functional>
#include <string>
#include <vector>

#include "addressing/resolver.h"

namespace addressing {

/// One way on from a delivery: by the rule in `by`, to that address, as if it had come from outside.
struct Onward {
    std::string to;
    Step by;
};
using FollowOn = std::function<std::vector<Onward>(const Delivery& delivery)>;

/// More addresses than that are not followed.
constexpr std::size_t most_followed = 1'000'000;

/// Each round once, whatever the number of entrances that lead into it. The steps of a round lead from one address to
/// the next, the last one to the first.
std::vector<Round> find_rounds(const Book& book, const Rules& rules, const std::vector<std::string>& entrances,
                               const FollowOn& onward = {});

}  // namespace addressing
