#pragma once
// Accounts with these passwords, for tests; and checkers that answer when they are told to.

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "directory/checkers.h"
#include "sasl/scram.h"

namespace directory::testing {

class KnownCredentials final : public Credentials {
public:
    std::expected<bool, Unavailable> knows(std::string_view user) override {
        if (is_down) return std::unexpected(Unavailable{});
        return passwords.contains(std::string(user));
    }
    Looked<Identity> check(std::string_view user, std::string_view password, Purpose purpose) override {
        ++checks;
        checked_for = purpose;
        if (is_down) return std::unexpected(Unavailable{});
        const auto found = passwords.find(std::string(user));
        if (found == passwords.end() || found->second != password) return std::nullopt;
        return identity(user);
    }
    Looked<Identity> identify(std::string_view user, Purpose) override {
        if (is_down) return std::unexpected(Unavailable{});
        if (!passwords.contains(std::string(user)) || disabled.contains(std::string(user))) return std::nullopt;
        return identity(user);
    }
    Looked<sasl::ScramKeys> scram_keys(std::string_view user, crypto::Digest digest, Purpose) override {
        if (is_down) return std::unexpected(Unavailable{});
        const auto found = passwords.find(std::string(user));
        if (found == passwords.end()) return std::nullopt;
        return sasl::derive_keys(digest, found->second, "salt", 4096);
    }
    Looked<std::string> secret(std::string_view user, Purpose) override {
        const auto found = passwords.find(std::string(user));
        return found == passwords.end() ? std::optional<std::string>() : found->second;
    }

    std::map<std::string, std::string> passwords{{"ann@virtual.test", "pencil"}, {"u", "secret"}};
    std::set<std::string> disabled;
    std::uint64_t stamp = 1;
    bool is_down = false;
    int checks = 0;
    std::optional<Purpose> checked_for;  // the last time

private:
    Identity identity(std::string_view user) const {
        const std::string account(user);
        return {.account = account, .address = account.contains('@') ? account : account + "@l.test", .stamp = stamp};
    }
};

class SlowCheckers final : public Checkers {
public:
    bool run(Lane lane, std::string_view, Job job, std::move_only_function<void()> done) override {
        const auto waiting = std::ranges::count(jobs, lane, &Waiting::lane);
        if (static_cast<std::size_t>(waiting) >= (lane == Lane::Members ? most_members : most)) return false;
        jobs.push_back({lane, std::move(job), std::move(done)});
        return true;
    }
    /// All that is waiting, and what comes of it.
    void work() {
        while (!jobs.empty()) {
            auto waiting = std::move(jobs.front());
            jobs.pop_front();
            waiting.job(credentials);
            waiting.done();
        }
    }

    KnownCredentials credentials;
    struct Waiting {
        Lane lane;
        Job job;
        std::move_only_function<void()> done;
    };
    std::size_t most = 1000;  // of strangers
    std::size_t most_members = 1000;
    std::deque<Waiting> jobs;
};

}  // namespace directory::testing
