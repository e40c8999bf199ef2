#include "policyd/service.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "lang/defer.h"

namespace policyd {
namespace {

constexpr std::size_t most_unsent = 1024 * 1024;

Opinion too_many(std::uint64_t ticket, const Config& config) {
    Opinion opinion{.ticket = ticket, .reply = {250, "2.1.0", "Sender accepted"}, .trace = {}};
    if (config.spf.behavior >= site::SpfBehavior::Defer)
        opinion.reply = {451, "4.3.2", "Too many senders are being looked at; try again later"};
    return opinion;
}

}  // namespace

void Service::connect(std::uint32_t index, file::Descriptor socket) {
    auto place = std::make_shared<std::weak_ptr<Link>>();  // with the handler, which is made before the link
    auto link =
        std::make_shared<Link>(context_, std::move(socket),
                               Link::Handlers{.on_message =
                                                  [this, place](FromSmtpd message) {
                                                      if (auto asker = place->lock())
                                                          take(asker, std::get<CheckSender>(std::move(message)));
                                                  },
                                              .on_gone =
                                                  [this, place, index](const std::string&) {
                                                      const auto found = links_.find(index);
                                                      if (found != links_.end() && found->second == place->lock())
                                                          links_.erase(found);
                                                  }});
    *place = link;
    link->hold_back_at(most_unsent);
    links_[index] = std::move(link);
}

void Service::take(const std::shared_ptr<Link>& link, CheckSender asked) {
    if (checks_ >= most_checks) {
        link->send(too_many(asked.ticket, *config_));
        return;
    }
    ++checks_;
    boost::asio::co_spawn(context_, answer(link, std::move(asked), config_), boost::asio::detached);
}

net::Task<void> Service::answer(std::weak_ptr<Link> asker, CheckSender asked, std::shared_ptr<const Config> config) {
    const Defer done([this] { --checks_; });
    const auto began = clock_.steady();
    const Circumstances circumstances{
        .passed = [this, began] { return clock_.steady() - began; },
        .now = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count()};
    const auto examination = co_await examine(resolver_, *config, asked.client, std::move(asked.helo),
                                              std::move(asked.reverse_path), circumstances);
    if (const auto link = asker.lock())
        link->send(Opinion{asked.ticket, examination.reply, trace_of(config->spf, examination)});
}

}  // namespace policyd
