// How many octets a second the hot path takes: DATA in, DATA out.
#include <benchmark/benchmark.h>

#include <string>

#include "smtp/data.h"

namespace {

std::string message(std::size_t line) {
    std::string text = "Subject: bench\r\n\r\n";
    while (text.size() < 64 * 1024) text.append(line, 'x').append("\r\n");
    return text;
}

void decode(benchmark::State& state) {
    const auto input = message(static_cast<std::size_t>(state.range(0))) + ".\r\n";
    std::string out;
    for (auto turn : state) {
        out.clear();
        smtp::DataDecoder decoder;
        benchmark::DoNotOptimize(decoder.decode(input, out));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input.size()));
}
BENCHMARK(decode)->Arg(20)->Arg(76)->Arg(500);

void encode(benchmark::State& state) {
    const auto input = message(static_cast<std::size_t>(state.range(0)));
    std::string out;
    for (auto turn : state) {
        out.clear();
        smtp::DotStuffer stuffer;
        stuffer.encode(input, out);
        stuffer.finish(out);
        benchmark::DoNotOptimize(out);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input.size()));
}
BENCHMARK(encode)->Arg(20)->Arg(76)->Arg(500);

}  // namespace
