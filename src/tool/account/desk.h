#pragma once
// Where the commands stand: the configuration as it is, and the directory's database, open.

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/database.h"
#include "check/arguments.h"
#include "clocks/clock.h"
#include "directory/config.h"
#include "directory/explain.h"
#include "smtp/domain_of.h"

namespace account {

constexpr int done = 0;
constexpr int no = 1;
constexpr int misused = 2;
constexpr int temporary = 75;

struct Trouble {
    int status = no;
    std::string text;
};
template <typename T = void>
using Result = std::expected<T, Trouble>;

std::unexpected<Trouble> refuse(int status, std::string text);
Trouble trouble_of(const accounts::Error& error);
/// The value, or what the error means to whoever called the command.
template <typename T>
Result<T> told(std::expected<T, accounts::Error> result) {
    if (!result) return std::unexpected(trouble_of(result.error()));
    if constexpr (std::is_void_v<T>)
        return {};
    else
        return *std::move(result);
}

/// Prints what is wrong, if anything; the exit status.
int report(std::string_view command, const Result<>& result);

/// As root: the user to whom a folder of the server's belongs, for good.
Result<> become_owner(const std::string& folder);

class Desk {
public:
    enum class For : std::uint8_t { Reading, Writing };

    /// As root: becomes the user to whom the directory belongs, for good. So whatever is made there is that user's, and
    /// whatever somebody may have put there is not read as root.
    static Result<std::unique_ptr<Desk>> open(const std::string& configuration, For purpose);
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    accounts::Database& database() { return *database_; }
    const accounts::Book& book() const { return rules_->book(); }
    const directory::Config& config() const { return config_; }
    std::int64_t now() const;

    /// What the server would do with mail for an address, changes that are not committed included.
    addressing::Resolution resolve(const std::string& address) const;

    /// One transaction: all that `change` does, or nothing of it. Nothing too where mail for one of `entrances` would
    /// go round afterwards; the circle is in the error.
    Result<> commit(const std::vector<std::string>& entrances, const std::function<Result<>()>& change);

    /// An error where mail for one of them goes round, with the circle in it.
    Result<> find_circles(const std::vector<std::string>& entrances) const;

private:
    Desk() = default;

    directory::Config config_;
    clocks::SystemClock clock_;
    std::unique_ptr<accounts::Database> database_;
    std::unique_ptr<directory::Rules> rules_;
};

/// "Ann@Virtual.Example" as the directory has it: "ann@virtual.example", which can be the name of a mailbox.
Result<std::string> account_name(std::string_view text);
/// A domain in A-labels.
Result<std::string> domain_name(std::string_view text);
using smtp::domain_of;

/// False: nobody reads any more (`hermod account list | head`).
bool print(const std::string& text);

}  // namespace account
