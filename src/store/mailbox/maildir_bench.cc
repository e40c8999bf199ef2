// How much a delivery costs when the mailbox is large: first attempts, which never look into cur/, and repetitions,
// which do so once.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "file/posix_disk.h"
#include "mailbox/maildir.h"

namespace {

namespace fs = std::filesystem;

/// A Maildir with so many messages that its reader has seen; in $TMPDIR, /tmp otherwise.
class Filled {
public:
    explicit Filled(std::int64_t messages) {
        const char* const place = std::getenv("TMPDIR");
        std::string name = std::string(place ? place : "/tmp") + "/maildir_bench.XXXXXX";
        folder = ::mkdtemp(name.data());
        for (const char* part : {"tmp", "new", "cur"}) fs::create_directory(folder / part);
        for (std::int64_t i = 0; i < messages; ++i)
            std::ofstream(folder / fmt::format("cur/1600000000.Q{:013}R0.mx.example.org:2,S", i));
        disk = std::move(*file::PosixDisk::open(folder));
    }
    ~Filled() { fs::remove_all(folder); }

    fs::path folder;
    std::unique_ptr<file::PosixDisk> disk;
};

std::vector<mailbox::Mail> mails(std::int64_t& last, std::size_t count, bool may_be_here) {
    std::vector<mailbox::Mail> batch;
    for (std::size_t i = 0; i < count; ++i)
        batch.push_back({.queue_id = fmt::format("NEW{}", ++last),
                         .arrived = 1'700'000'000'000,
                         .fields = "Return-Path: <>\r\n",
                         .content = mailbox::content_of(std::string(4000, 'x') + "\r\n"),
                         .size = 4002,
                         .may_be_here = may_be_here});
    return batch;
}

void deliver(benchmark::State& state, std::size_t batch, bool may_be_here, bool anew) {
    Filled filled(state.range(0));
    auto maildir = std::make_unique<mailbox::Maildir>(*filled.disk, ".", "mx.example.org");
    std::int64_t last = 0;
    for (auto _ : state) {
        if (anew) maildir = std::make_unique<mailbox::Maildir>(*filled.disk, ".", "mx.example.org");
        for (const auto& outcome : maildir->deliver(mails(last, batch, may_be_here), 1'700'000'000))
            if (!outcome) state.SkipWithError("not delivered");
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
}

void first_attempt(benchmark::State& state) { deliver(state, 1, false, false); }
void batch_of_20(benchmark::State& state) { deliver(state, 20, false, false); }
void repetition_with_snapshot(benchmark::State& state) { deliver(state, 1, true, false); }
void repetition_by_a_new_worker(benchmark::State& state) { deliver(state, 1, true, true); }

BENCHMARK(first_attempt)->Arg(0)->Arg(100'000)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(batch_of_20)->Arg(0)->Arg(100'000)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(repetition_with_snapshot)->Arg(100'000)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(repetition_by_a_new_worker)->Arg(100'000)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
