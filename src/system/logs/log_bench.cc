#include <benchmark/benchmark.h>
#include <fcntl.h>

#include "logs/log.h"

namespace {

// The price of one event in both outputs, as qmgr pays it several times a message.
void delivered(benchmark::State& state, logs::Format format) {
    const clocks::SystemClock clock;
    const auto null = [] { return file::Descriptor(::open("/dev/null", O_WRONLY)); };
    logs::Log log(clock, {.format = format, .process = "qmgr/0"}, {null(), null()}, [] {});
    std::uint64_t id = 0;
    for (auto _ : state) {
        ++id;
        log.event(logs::Event::Relayed, id,
                  {{"to", "somebody@example.org"},
                   {"remote", "mx.example.org[192.0.2.1]:25"},
                   {"reply", "250 2.0.0 ok"},
                   {"transport", "remote"},
                   {"attempt", id},
                   {"recipient", 0}});
    }
}
BENCHMARK_CAPTURE(delivered, text, logs::Format::Text);
BENCHMARK_CAPTURE(delivered, json, logs::Format::Json);
BENCHMARK_CAPTURE(delivered, qmail, logs::Format::Qmail);

}  // namespace
