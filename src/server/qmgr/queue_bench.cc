// The queue's own cost: a start with many messages waiting, and one message from submission to its end.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include "qmgr/testing/desk.h"

namespace qmgr::testing {
namespace {

void start(benchmark::State& state) {
    MemorySpool spool;
    TableClock clock;
    CountingRandom random;
    const auto messages = static_cast<std::uint64_t>(state.range(0));
    for (std::uint64_t id = 1; id <= messages; ++id) {
        auto& entry = spool.messages[id].entry;
        entry.tasks.push_back({.count = 1, .pending = 1});
        entry.tasks[0].due =
            clock.wall().time_since_epoch().count() + static_cast<std::int64_t>(random.next() % 3'600'000);
    }
    double octets = 0;
    for (auto _ : state) {
        const auto before = ::mallinfo2().uordblks + ::mallinfo2().hblkhd;
        Recorder sent;
        Queue queue({}, spool, clock, sent, random, [](auto, auto, auto) {});
        queue.start();
        octets = static_cast<double>(::mallinfo2().uordblks + ::mallinfo2().hblkhd - before);
    }
    state.counters["octets_per_message"] = octets / static_cast<double>(messages);
}
BENCHMARK(start)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void one_message(benchmark::State& state) {
    Desk desk;
    const std::string octets = "Received: by x\r\nSubject: test\r\n\r\n" + std::string(4096, 'x');
    for (auto _ : state) {
        desk.submit(Desk::envelope("s@example.net", {Desk::to("a@example.com")}), octets);
        desk.answer(desk.next_attempt(), relayed());
        desk.sent.committed.clear();
        desk.events.clear();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(one_message);

}  // namespace
}  // namespace qmgr::testing
