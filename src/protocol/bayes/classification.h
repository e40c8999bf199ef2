#pragma once
// What the tokens of a message say of it, by how often each was seen in spam and in ham before.
//
// Two measures, and their mean. *The balance*: each token has the odds that a message with it is spam, as if there were
// as much spam as ham; a token seen once among many messages of one kind says little. The sum of the log-odds of those
// that say anything would take words for independent, which they are not, and their mean would forget how many agree:
// it is divided by n to the power of 3/4, which lies between. *Contradiction*: Fisher's method after Robinson, which is
// near 0.5 for what looks much like both kinds. Where they disagree, as for a merchant's letter that was ordered, the
// mean is undecided, which either of them alone is not.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bayes {

/// Messages of each kind: with a token, or all of them.
struct Counts {
    std::uint32_t spam = 0;
    std::uint32_t ham = 0;
    bool operator==(const Counts&) const = default;
};

constexpr double taken_for_spam = 0.6;  // and more
constexpr double surely_ham = 0.05;     // and less

struct Evidence {
    std::size_t token = 0;     // which of those given
    double probability = 0.5;  // that a message with it alone is spam
};

struct Classification {
    double probability = 0.5;        // that it is spam; 0.5: nothing is known
    std::size_t evidence = 0;        // tokens that say anything
    std::vector<Evidence> deciding;  // of these, the strongest first
};

/// `seen`: for each token of a message how often it was. `deciding` at most are told.
Classification classify(std::span<const Counts> seen, Counts learned, std::size_t deciding = 0);

}  // namespace bayes
