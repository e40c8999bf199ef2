#pragma once
// policyd's questions, asked at once by a command that waits for the answer.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <expected>
#include <string>

#include "policyd/explain.h"
#include "resolver/open.h"

namespace explain {

/// `put`: a task for a resolver and the circumstances of this moment. The error: why there can be no resolver.
template <typename Answer, typename Put>
std::expected<Answer, std::string> ask(const policyd::Config& config, Put put) {
    boost::asio::io_context context;
    const auto resolver = resolver::open(context, config.dns);
    if (!resolver) return std::unexpected(resolver.error());
    const auto began = std::chrono::steady_clock::now();
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const policyd::Circumstances circumstances{.passed = [began] { return std::chrono::steady_clock::now() - began; },
                                               .now = std::chrono::duration_cast<std::chrono::seconds>(now).count(),
                                               .is_traced = true};
    Answer answer;
    const auto run = [&]() -> net::Task<void> { answer = co_await put(**resolver, circumstances); };
    std::exception_ptr thrown;
    boost::asio::co_spawn(context, run(), [&](std::exception_ptr error) {
        thrown = error;
        context.stop();
    });
    context.run();
    if (thrown) std::rethrow_exception(thrown);
    return answer;
}

}  // namespace explain
