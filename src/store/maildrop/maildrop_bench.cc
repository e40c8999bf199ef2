// What a session of a client costs where the mailbox is large: the login, and the list of unique ids.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "file/posix_disk.h"
#include "maildrop/maildrop.h"

namespace {

namespace fs = std::filesystem;

/// A Maildir with so many messages that its reader has seen; in $TMPDIR, /tmp otherwise.
class Filled {
public:
    explicit Filled(std::int64_t messages) {
        const char* const place = std::getenv("TMPDIR");
        std::string name = std::string(place ? place : "/tmp") + "/maildrop_bench.XXXXXX";
        folder = ::mkdtemp(name.data());
        for (const char* part : {"tmp", "new", "cur"}) fs::create_directory(folder / part);
        for (std::int64_t i = 0; i < messages; ++i)
            std::ofstream(folder / fmt::format("cur/{}.V801I{:x}M1.mx.example:2,S", 1'700'000'000 + i, i)) << "x\n";
        disk = std::move(*file::PosixDisk::open(folder));
    }
    ~Filled() { fs::remove_all(folder); }

    fs::path folder;
    std::unique_ptr<file::PosixDisk> disk;
};

void open_maildrop(benchmark::State& state) {
    Filled filled(state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(maildrop::Maildrop::open(*filled.disk));
}

void unique_ids(benchmark::State& state) {
    Filled filled(state.range(0));
    const auto maildrop = maildrop::Maildrop::open(*filled.disk);
    for (auto _ : state)
        for (std::uint32_t number = 1; number <= maildrop->size(); ++number)
            benchmark::DoNotOptimize(maildrop->unique_id(number));
}

/// With sizes that are remembered.
void count(benchmark::State& state) {
    Filled filled(state.range(0));
    maildrop::Maildrop::open(*filled.disk)->count();
    for (auto _ : state) {
        state.PauseTiming();
        auto maildrop = maildrop::Maildrop::open(*filled.disk);
        state.ResumeTiming();
        benchmark::DoNotOptimize(maildrop->count());
    }
}

BENCHMARK(open_maildrop)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(unique_ids)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(count)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
