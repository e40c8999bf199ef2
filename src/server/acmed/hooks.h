#pragma once
// The administrator's program that puts records into the DNS (RFC 8555 §8.4), called by way of runner.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "acme/error.h"
#include "acmed/inbox.h"
#include "file/descriptor.h"
#include "ipc/link.h"
#include "net/stream.h"
#include "runner/inbox.h"

namespace acmed {

class Hooks {
public:
    explicit Hooks(boost::asio::io_context& context) : context_(context) {}

    void connect(file::Descriptor runner);
    /// Returns when the program has ended well, or says why not.
    net::Task<std::expected<void, acme::Error>> call(bool adds, std::string name, std::string value);

private:
    using Link = ipc::Link<FromRunner, runner::FromAcmed>;
    struct Open {
        explicit Open(boost::asio::io_context& context)
            : ended(context, boost::asio::steady_timer::time_point::max()) {}
        boost::asio::steady_timer ended;  // never expires; cancelled when the answer is there
        std::optional<HookEnded> outcome;
    };
    void take(HookEnded ended);
    void lose_runner();

    boost::asio::io_context& context_;
    std::optional<Link> runner_;
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, std::shared_ptr<Open>> open_;  // shared with whoever waits
};

}  // namespace acmed
