#pragma once
// What a source outside has said of accounts lately. The resolver asks here, and is never kept waiting: what is not
// known is an error, and written down as missing, for whoever asks the source and then the resolver once more.
//
// Pure but for its clock. Hostile: strangers name addresses by the thousand; what is kept is bounded, and of domains
// that the source does not serve nothing is asked.

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "accounts/records.h"
#include "clocks/clock.h"

namespace directory {

struct Question {
    enum class Kind : std::uint8_t { Account, Alias };
    Kind kind = Kind::Account;
    std::string name;  // "ann@virtual.example"
    auto operator<=>(const Question&) const = default;
};
/// Of the question's kind.
using Known = std::variant<std::optional<accounts::Account>, std::optional<accounts::Alias>>;

class KeptAccounts final : public accounts::Records {
public:
    struct Terms {
        std::set<std::string, std::less<>> domains;  // A-labels
        bool has_aliases = false;
        std::chrono::milliseconds keep{60'000};
        std::chrono::milliseconds keep_absent{10'000};
        std::size_t most = 50'000;
    };

    KeptAccounts(Terms terms, const clocks::Clock& clock) : terms_(std::move(terms)), clock_(clock) {}

    accounts::Found<accounts::Domain> domain(std::string_view) override { return std::nullopt; }
    accounts::Found<accounts::Account> account(std::string_view address) override;
    accounts::Found<accounts::Alias> alias(std::string_view name) override;

    void take(const Question& question, Known known);
    /// What was asked for in vain since the last call.
    std::vector<Question> take_missing() { return std::exchange(missing_, {}); }
    std::size_t size() const { return kept_.size(); }

private:
    template <typename T>
    accounts::Found<T> find(Question question);
    bool serves(std::string_view name) const;
    void make_room();

    struct Kept {
        Known known;
        clocks::Steady until;
    };
    Terms terms_;
    const clocks::Clock& clock_;
    std::map<Question, Kept> kept_;
    std::vector<Question> missing_;
};

}  // namespace directory
