#include "relay/relay.h"

#include <algorithm>
#include <utility>

namespace relay {

Relay::Relay(boost::asio::io_context& context, Means& means, std::function<void(qmgr::AttemptDone)> report)
    : context_(context), means_(means), report_(std::move(report)) {}

void Relay::on(Attempt attempt) {
    const auto destination = attempt.destination;
    auto job = std::make_unique<Job>(std::move(attempt));
    if (auto* pool = pool_for(destination)) return pool->add(std::move(job));
    job->settle(bad_destination(destination));
    report_(job->done());
}

void Relay::on(const Connections& connections) {
    const auto standard = means_.config.relay.connections_per_destination;
    const auto most = connections.most > 0 ? connections.most : standard;
    if (most == standard)
        most_.erase(connections.destination);
    else
        most_[connections.destination] = most;
    if (const auto pool = pools_.find(connections.destination); pool != pools_.end()) pool->second->set_most(most);
}

Pool* Relay::pool_for(const std::string& destination) {
    if (const auto found = pools_.find(destination); found != pools_.end()) return found->second.get();
    auto parsed = parse_destination(destination);
    if (!parsed) return nullptr;
    const auto limited = most_.find(destination);
    const auto most = limited != most_.end() ? limited->second : means_.config.relay.connections_per_destination;
    auto pool = std::make_unique<Pool>(context_, means_, report_, std::move(*parsed), most);
    if (is_stopping_) pool->stop();
    return pools_.emplace(destination, std::move(pool)).first->second.get();
}

void Relay::tick() {
    for (auto& [destination, pool] : pools_) pool->tick();
    std::erase_if(pools_, [](const auto& entry) { return entry.second->is_empty(); });
    means_.failures.forget_old(means_.clock.steady());
}

void Relay::stop() {
    is_stopping_ = true;
    for (auto& [destination, pool] : pools_) pool->stop();
}

bool Relay::is_sending() const {
    return std::ranges::any_of(pools_, [](const auto& entry) { return entry.second->is_sending(); });
}

bool Relay::is_conversing() const {
    return std::ranges::any_of(pools_, [](const auto& entry) { return entry.second->is_conversing(); });
}

void Relay::abandon() {
    for (auto& [destination, pool] : pools_) pool->abandon();
}

void Relay::forget_attempts() {
    for (auto& [destination, pool] : pools_) pool->forget();
}

}  // namespace relay
