#include "policyd/service.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "lang/defer.h"
#include "policyd/grade.h"

namespace policyd {
namespace {

constexpr std::size_t most_unsent = 1024 * 1024;

const smtp::Reply too_many(451, "4.3.2", "Too many senders are being looked at; try again later");

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

Circumstances Service::circumstances() const {
    return {.passed = [this, began = clock_.steady()] { return clock_.steady() - began; },
            .now = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count()};
}

void Service::take(const std::shared_ptr<Link>& link, CheckSender asked) {
    if (checks_ >= most_checks) {
        link->send(opinion_of_unasked(config_->spf, too_many, asked.ticket));
        return;
    }
    ++checks_;
    boost::asio::co_spawn(context_, answer(link, std::move(asked), config_), boost::asio::detached);
}

net::Task<void> Service::answer(std::weak_ptr<Link> asker, CheckSender asked, std::shared_ptr<const Config> config) {
    const Defer done([this] { --checks_; });
    const auto examination = co_await examine(resolver_, *config, asked.client, std::move(asked.helo),
                                              std::move(asked.reverse_path), circumstances());
    if (const auto link = asker.lock()) link->send(opinion_of(config->spf, examination, asked.ticket));
}

// ---- mail that is sent on

void Service::connect_directory(file::Descriptor socket) {
    directory_ = std::make_shared<DirectoryLink>(
        context_, std::move(socket),
        DirectoryLink::Handlers{.on_message = [this](FromDirectory asked) { take(std::get<CheckPassage>(asked)); },
                                .on_gone = [this](const std::string&) { directory_.reset(); }});
    directory_->hold_back_at(most_unsent);
}

void Service::take(CheckPassage asked) {
    const auto known = passages_.find(asked.reverse_path);
    if (known != passages_.end() && clock_.steady() < known->second.until) {
        directory_->send(directory::Passage{asked.ticket, known->second.is_free});
        return;
    }
    if (passage_checks_ >= most_checks) {  // then it is rewritten
        directory_->send(directory::Passage{asked.ticket, false});
        return;
    }
    ++passage_checks_;
    boost::asio::co_spawn(context_, answer(directory_, std::move(asked), config_), boost::asio::detached);
}

net::Task<void> Service::answer(std::weak_ptr<DirectoryLink> asker, CheckPassage asked,
                                std::shared_ptr<const Config> config) {
    const Defer done([this] { --passage_checks_; });
    const auto found = co_await passage_of(resolver_, *config, asked.reverse_path, circumstances());
    if (found.is_known && config == config_) remember(asked.reverse_path, found.is_free);
    if (const auto link = asker.lock()) link->send(directory::Passage{asked.ticket, found.is_free});
}

/// By the whole address, as a record may have its local part in a macro.
void Service::remember(const std::string& reverse_path, bool is_free) {
    if (passages_.size() >= most_passages) passages_.clear();
    passages_[reverse_path] = {is_free, clock_.steady() + passage_age};
}

}  // namespace policyd
