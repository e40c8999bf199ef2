// How many messages a second become durable, with how much delay; and what a million queued messages cost.
//
//   spool_bench DIRECTORY [commits [OCTETS SUBMITTERS SECONDS] | million [MESSAGES]]
//
// On the disk to be measured; the directory is created, and left for a look.

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <mutex>

#include "file/posix_disk.h"
#include "file/thread_worker.h"
#include "spool/journal_spool.h"

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// The least event loop: what workers post is run by whoever waits.
class Loop {
public:
    void post(std::move_only_function<void()> job) {
        std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
        arrived_.notify_one();
    }
    void run_some() {
        std::deque<std::move_only_function<void()>> jobs;
        {
            std::unique_lock lock(mutex_);
            arrived_.wait_for(lock, 20ms, [&] { return !jobs_.empty(); });
            jobs.swap(jobs_);
        }
        for (auto& job : jobs) job();
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::move_only_function<void()>> jobs_;
};

struct Machine {
    explicit Machine(const std::string& path) : disk(file::PosixDisk::open(path).value()) {
        auto opened = spool::JournalSpool::open(
            {*disk, commits, background, clock, [](const std::string& report) { fmt::print(stderr, "{}\n", report); }});
        if (!opened) {
            fmt::print(stderr, "{}\n", opened.error().text);
            std::exit(1);
        }
        spool = std::move(*opened);
    }
    Loop loop;
    std::unique_ptr<file::PosixDisk> disk;
    clocks::SystemClock clock;
    file::ThreadWorker commits{[this](auto done) { loop.post(std::move(done)); }};
    file::ThreadWorker background{[this](auto done) { loop.post(std::move(done)); }};
    std::unique_ptr<spool::JournalSpool> spool;
};

spool::Accept message(spool::Spool& spool, std::size_t octets) {
    spool::Accept accept;
    accept.id = spool.next_id();
    accept.envelope.reverse_path = "sender@example.org";
    accept.envelope.origin = "192.0.2.1 (HELO mx.example.net)";
    accept.envelope.recipients.push_back({{"recipient@example.net", "", 0}, spool::Transport::Relay});
    accept.body.octets.assign(octets, 'x');
    accept.body.size = octets;
    spool::Task task;
    task.count = 1;
    accept.tasks.push_back(task);
    return accept;
}

double cpu_seconds() {
    rusage usage;
    ::getrusage(RUSAGE_SELF, &usage);
    auto seconds = [](timeval t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_megabytes() {
    std::ifstream status("/proc/self/statm");
    double all = 0, resident = 0;
    status >> all >> resident;
    return resident * 4096 / 1e6;
}

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Each submitter has one message on its way; each message is over 2,000 messages later.
class Commits {
public:
    Commits(Machine& machine, std::size_t octets) : machine_(machine), octets_(octets) {}

    void measure(int submitters, double seconds) {
        submit();  // the first one waits for the first segments
        stopped_ = true;
        while (under_way_ > 0) machine_.loop.run_some();
        stopped_ = false;
        delays_.clear();
        start_ = Clock::now();
        double cpu = cpu_seconds();
        for (int i = 0; i < submitters; ++i) submit();
        while (since(start_) < seconds) machine_.loop.run_some();
        double took = since(start_);
        cpu = cpu_seconds() - cpu;
        std::ranges::sort(delays_);
        auto percentile = [&](double p) { return 1e3 * delays_[std::size_t(double(delays_.size() - 1) * p)]; };
        fmt::print(
            "{} octets, {} submitters: {:.0f} commits/s, {:.1f} us CPU each, delay p50 {:.2f} p99 {:.2f} max {:.2f} "
            "ms\n",
            octets_, submitters, double(delays_.size()) / took, cpu * 1e6 / double(delays_.size()), percentile(0.5),
            percentile(0.99), percentile(1));
        stopped_ = true;
        while (under_way_ > 0) machine_.loop.run_some();
    }

private:
    void submit() {
        auto accept = message(*machine_.spool, octets_);
        auto id = accept.id;
        auto begun = Clock::now();
        spool::Transaction transaction;
        transaction.emplace_back(std::move(accept));
        ++under_way_;
        machine_.spool->submit(std::move(transaction), [this, id, begun](spool::Outcome outcome) {
            --under_way_;
            if (!outcome) {
                fmt::print(stderr, "failed: {}\n", int(outcome.error()));
                std::exit(1);
            }
            delays_.push_back(since(begun));
            waiting_.push_back(id);
            if (waiting_.size() > 2000) deliver();
            if (!stopped_) submit();
        });
    }
    void deliver() {
        spool::Progress progress;
        progress.id = waiting_.front();
        waiting_.pop_front();
        progress.done = 1;
        spool::Transaction transaction;
        transaction.emplace_back(std::move(progress));
        machine_.spool->submit_lazily(std::move(transaction));
    }

    Machine& machine_;
    std::size_t octets_;
    Clock::time_point start_;
    std::deque<spool::MessageId> waiting_;
    std::vector<double> delays_;
    std::size_t under_way_ = 0;
    bool stopped_ = false;
};

void fill(Machine& machine, std::size_t messages) {
    std::size_t submitted = 0, durable = 0;
    double slowest = 0;
    auto start = Clock::now();
    while (durable < messages) {
        while (submitted < messages && submitted - durable < 1000) {
            spool::Transaction transaction;
            transaction.emplace_back(message(*machine.spool, 1000));
            machine.spool->submit(std::move(transaction), [&](spool::Outcome outcome) { durable += outcome ? 1 : 0; });
            ++submitted;
        }
        auto turn = Clock::now();
        machine.loop.run_some();
        slowest = std::max(slowest, since(turn));
    }
    fmt::print("{} messages accepted in {:.1f} s, slowest turn of the loop {:.1f} ms (waiting included)\n", messages,
               since(start), slowest * 1e3);
}

void million(const std::string& path, std::size_t messages) {
    {
        Machine machine(path);
        double before = resident_megabytes();
        fill(machine, messages);
        fmt::print("resident {:.0f} MB more ({:.0f} octets a message, recent bodies included)\n",
                   resident_megabytes() - before, (resident_megabytes() - before) * 1e6 / double(messages));
    }
    auto start = Clock::now();
    double before = resident_megabytes();
    Machine machine(path);
    fmt::print("opened again with {} messages in {:.2f} s; resident {:.0f} MB (before {:.0f})\n", machine.spool->size(),
               since(start), resident_megabytes(), before);
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.empty()) return 2;
    const std::string& path = arguments[0];
    ::mkdir(path.c_str(), 0700);
    auto number = [&](std::size_t place, std::size_t otherwise) {
        return arguments.size() > place ? std::strtoull(arguments[place].c_str(), nullptr, 10) : otherwise;
    };
    if (arguments.size() > 1 && arguments[1] == "million") {
        million(path, number(2, 1'000'000));
        return 0;
    }
    Machine machine(path);
    if (arguments.size() > 2) {
        Commits(machine, number(2, 4096)).measure(int(number(3, 16)), double(number(4, 3)));
        return 0;
    }
    for (std::size_t octets : {4096u, 51'200u})
        for (int submitters : {1, 16, 100}) Commits(machine, octets).measure(submitters, 3);
}
