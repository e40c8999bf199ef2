#pragma once
// Looks in the DNS for the records of our new keys, and of revoked ones, now and again: master is told what was found,
// and has the keys carried on. It is told, too, where nothing is awaited: a key may have signed for long enough.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "net/stream.h"
#include "resolver/resolver.h"
#include "site/dkim.h"

namespace policyd {

class KeyWatch {
public:
    struct Tell {
        std::function<void(std::uint64_t number, bool is_there)> record;  // of one that was answered
        std::function<void()> looked;
    };
    struct Pace {
        std::chrono::milliseconds first{1000};
        std::chrono::milliseconds then{10 * 60 * 1000};
    };
    /// All outlive it.
    KeyWatch(boost::asio::io_context& context, resolver::Resolver& resolver, Tell tell, Pace pace)
        : context_(context), resolver_(resolver), tell_(std::move(tell)), pace_(pace), timer_(context) {}

    /// From now on; the first look is soon.
    void use(const site::Dkim& dkim);

private:
    void look_after(std::chrono::milliseconds delay);
    net::Task<void> look(std::vector<site::DkimRecord> records);

    boost::asio::io_context& context_;
    resolver::Resolver& resolver_;
    Tell tell_;
    Pace pace_;
    boost::asio::steady_timer timer_;
    std::vector<site::DkimRecord> awaited_;
    bool signs_ = false;
    bool is_looking_ = false;
    bool is_changed_ = false;  // since the look that is under way began
};

}  // namespace policyd
