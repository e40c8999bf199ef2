#pragma once
// A spool on a simulated disk, and short ways to say what tests say often.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "simulated_disk/simulated_disk.h"
#include "simulated_disk/stepped_worker.h"
#include "spool/journal_spool.h"

namespace spool::testing {

class TestClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return clocks::Wall(now_); }
    clocks::Steady steady() const override { return clocks::Steady(now_); }
    void advance(std::chrono::milliseconds by) { now_ += by; }

private:
    std::chrono::milliseconds now_{1'700'000'000'000};
};

inline Options small_options() {
    return {.segment_size = 64 * 1024,
            .largest_group = 32 * 1024,
            .checkpoint_after = 128 * 1024,
            .keep_free = 64 * 1024,
            .recent_octets = 16 * 1024,
            .most_spares = 4,
            .slice = 8};
}

/// A machine with a spool.
struct World {
    explicit World(std::uint64_t seed = 0, simulated_disk::Options disk_options = {},
                   Options spool_options = small_options())
        : disk(seed, disk_options), options(spool_options) {}

    Opened<void> open() {
        auto opened = JournalSpool::open(
            {disk, commits, background, clock, [this](std::string report) { reports.push_back(std::move(report)); }},
            options);
        if (!opened) return std::unexpected(opened.error());
        spool = std::move(*opened);
        return {};
    }
    void close() {
        spool.reset();
        commits.drop_all();
        background.drop_all();
    }
    void run_until_idle() {
        while (commits.step() || background.step()) {
        }
    }
    /// The process ends and a new one starts.
    void restart() {
        close();
        disk.kill();
        auto opened = open();
        ASSERT_TRUE(opened) << opened.error().text;
    }
    void power_cut_and_restart() {
        close();
        disk.lose_power();
        auto opened = open();
        ASSERT_TRUE(opened) << opened.error().text;
    }
    /// Submits, and runs until there is an outcome.
    Outcome submit(Transaction transaction) {
        std::optional<Outcome> outcome;
        spool->submit(std::move(transaction), [&](Outcome reached) { outcome = reached; });
        while (!outcome && (commits.step() || background.step())) {
        }
        return outcome.value_or(std::unexpected(Failure::Broken));
    }

    simulated_disk::SimulatedDisk disk;
    simulated_disk::SteppedWorker commits, background;
    TestClock clock;
    Options options;
    std::vector<std::string> reports;
    std::unique_ptr<JournalSpool> spool;
};

inline Envelope envelope_for(std::size_t recipients, std::string reverse_path = "a@example.org") {
    Envelope envelope;
    envelope.reverse_path = std::move(reverse_path);
    envelope.arrived = 1'700'000'000'000;
    envelope.origin = "192.0.2.1 (HELO mx.example.net)";
    for (std::size_t i = 0; i < recipients; ++i)
        envelope.recipients.push_back({{"r" + std::to_string(i) + "@example.net", "", 0}, Transport::Relay});
    return envelope;
}

inline Accept accept(MessageId id, std::string body, std::size_t recipients = 1) {
    Accept accept;
    accept.id = id;
    accept.envelope = envelope_for(recipients);
    accept.body.size = body.size();
    accept.body.octets = std::move(body);
    for (std::uint32_t first = 0; first < recipients; first += most_recipients_of_a_task) {
        Task task;
        task.first = first;
        task.count = static_cast<std::uint8_t>(std::min<std::size_t>(recipients - first, most_recipients_of_a_task));
        accept.tasks.push_back(task);
    }
    return accept;
}

inline Progress progress(MessageId id, std::uint64_t done, std::string diagnostic = {}) {
    Progress progress;
    progress.id = id;
    progress.done = done;
    progress.attempts = 1;
    progress.due = 1'700'000'060'000;
    progress.diagnostic = std::move(diagnostic);
    return progress;
}

template <typename... Operations>
Transaction transaction(Operations... operations) {
    Transaction made;
    (made.emplace_back(std::move(operations)), ...);
    return made;
}

}  // namespace spool::testing
