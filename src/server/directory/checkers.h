#pragma once
// Threads that look at what is kept of passwords: argon2 takes a processor for a tenth of a second, and others wait for
// answers meanwhile.
//
// Hostile: strangers can fill every queue that they may stand in. So those who have logged in wait in one of their own,
// and what is asked of one source of accounts does not wait for another.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "directory/credentials.h"
#include "directory/pool.h"

namespace directory {

class Checkers {
public:
    using Job = std::move_only_function<void(Credentials&)>;
    enum class Lane : std::uint8_t {
        Strangers,  // who asks has proved nothing yet
        Members,    // he has logged in, and the question is cheap
    };

    virtual ~Checkers() = default;
    /// About a user, as the client wrote him. `job` runs on a thread, then `done` in the event loop. False: too many
    /// are waiting already.
    virtual bool run(Lane lane, std::string_view user, Job job, std::move_only_function<void()> done) = 0;
};

/// The two lanes of those whose accounts are kept in one place.
class CheckerThreads {
public:
    static constexpr std::size_t most_members_waiting = 10'000;  // a session of a client has one question

    CheckerThreads(const file::ThreadWorker::Post& post, std::size_t threads, std::size_t most_waiting,
                   const Pool<Credentials>::Make& make)
        : strangers_(post, threads, most_waiting, make), members_(post, 1, most_members_waiting, make) {}

    bool run(Checkers::Lane lane, Checkers::Job job, std::move_only_function<void()> done) {
        return (lane == Checkers::Lane::Members ? members_ : strangers_).run(std::move(job), std::move(done));
    }

private:
    Pool<Credentials> strangers_;
    Pool<Credentials> members_;
};

/// By the domain of the user.
class CheckersByDomain final : public Checkers {
public:
    /// `hostname`: of users without a domain.
    CheckersByDomain(std::string hostname, CheckerThreads& otherwise)
        : hostname_(std::move(hostname)), otherwise_(otherwise) {}

    /// Of several for one domain the first is taken. Domains as A-labels.
    void add(std::vector<std::string> domains, CheckerThreads& threads) {
        places_.push_back({std::move(domains), &threads});
    }

    bool run(Lane lane, std::string_view user, Job job, std::move_only_function<void()> done) override;

private:
    struct Place {
        std::vector<std::string> domains;
        CheckerThreads* threads;
    };
    std::string hostname_;
    CheckerThreads& otherwise_;
    std::vector<Place> places_;
};

}  // namespace directory
