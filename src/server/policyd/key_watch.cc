#include "policyd/key_watch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "signing_keys/publication.h"

namespace policyd {

void KeyWatch::use(const site::Dkim& dkim) {
    awaited_ = dkim.awaited;
    signs_ = dkim.sign;
    is_changed_ = is_looking_;
    if (!signs_)
        timer_.cancel();
    else if (!is_looking_)
        look_after(pace_.first);
}

void KeyWatch::look_after(std::chrono::milliseconds delay) {
    timer_.expires_after(delay);
    timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        is_looking_ = true;
        boost::asio::co_spawn(context_, look(awaited_), boost::asio::detached);
    });
}

net::Task<void> KeyWatch::look(std::vector<site::DkimRecord> records) {
    using enum signing_keys::Published;
    for (const auto& [name, text] : records) {
        const auto parsed = dns::parse_name(name);
        if (!parsed) continue;
        const auto answer = co_await resolver_.ask({*parsed, dns::Type::Txt});
        const auto found = signing_keys::published(text, answer);
        if (found != Unknown) tell_.record(signing_keys::number_of(name, text), found == Yes);
    }
    tell_.looked();
    is_looking_ = false;
    if (signs_) look_after(std::exchange(is_changed_, false) ? pace_.first : pace_.then);
}

}  // namespace policyd
