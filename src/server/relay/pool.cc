#include "relay/pool.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "lang/verify.h"

namespace relay {

namespace asio = boost::asio;

namespace {

/// So many waiting attempts are worth one more connection being opened at the same time.
constexpr std::size_t attempts_for_an_opening = 8;
/// A server that let us have only so many connections is not asked for more for this long.
constexpr std::chrono::milliseconds limit_lasts = std::chrono::seconds(30);

}  // namespace

/// A conversation with the jobs it has taken and not yet reported. Owners: the pool, and the coroutine that runs it.
struct Pool::Connection final : Work {
    explicit Connection(Pool& pool_) : pool(pool_), woken(pool_.context_, asio::steady_timer::time_point::max()) {}

    Job* next() override;
    void report(smtp::Outcome outcome) override;
    std::unique_ptr<Job> take(std::uint64_t number);

    Pool& pool;
    std::shared_ptr<Conversation> conversation;  // absent while it is being opened
    std::string remote;
    std::string tls;
    std::vector<std::unique_ptr<Job>> jobs;
    bool is_idle = false;
    bool must_leave = false;
    bool is_forgotten = false;
    clocks::Steady idle_since{};
    asio::steady_timer woken;  // never runs out: it is there to be cancelled
};

Job* Pool::Connection::next() {
    auto job = must_leave ? nullptr : pool.take_waiting();
    if (!job) return nullptr;
    jobs.push_back(std::move(job));
    return jobs.back().get();
}

void Pool::Connection::report(smtp::Outcome outcome) {
    auto job = take(outcome.id);
    if (is_forgotten) return;
    job->take(outcome, remote, tls);
    if (!job->is_settled() && !job->may_try_again()) job->settle(never_got_through(remote));
    if (job->is_settled()) return pool.finish(std::move(job));
    if (pool.is_stopping_) return pool.give_back(std::move(job));
    pool.waiting_.push_front(std::move(job));  // and whoever is free, or comes next, takes it
}

std::unique_ptr<Job> Pool::Connection::take(std::uint64_t number) {
    const auto found = std::ranges::find(jobs, number, [](const auto& job) { return job->number(); });
    auto job = std::move(*found);
    jobs.erase(found);
    return job;
}

Pool::Pool(asio::io_context& context, Means& means, const Report& report, Destination destination, std::uint32_t most)
    : context_(context), means_(means), report_(report), destination_(std::move(destination)), most_(most) {}

Pool::~Pool() = default;

void Pool::add(std::unique_ptr<Job> job) {
    if (is_stopping_) return give_back(std::move(job));
    if (!job->message().inspect()) {
        job->settle(unreadable_message());
        return finish(std::move(job));
    }
    waiting_.push_back(std::move(job));
    attend_to_waiting();
}

void Pool::set_most(std::uint32_t most) {
    most_ = std::max(most, 1u);
    auto surplus = connections_.size() > most_ ? connections_.size() - most_ : 0;
    for (const auto& connection : connections_) {
        if (surplus == 0) break;
        if (!connection->conversation || connection->must_leave) continue;
        connection->must_leave = true;
        connection->woken.cancel();
        --surplus;
    }
    attend_to_waiting();
}

void Pool::tick() {
    const auto now = means_.clock.steady();
    for (const auto& connection : connections_) {
        if (!connection->is_idle || now - connection->idle_since < means_.config.relay.idle_timeout) continue;
        connection->must_leave = true;
        connection->woken.cancel();
    }
    attend_to_waiting();
    // Whatever still waits now waits for slow servers: twice as many may be slow at the same time.
    for (auto more = connections_.size(); more > 0 && waiting_.size() > opening_ && may_open(); --more)
        open_connection();
}

void Pool::stop() {
    is_stopping_ = true;
    for (auto& job : std::exchange(waiting_, {})) give_back(std::move(job));
    for (const auto& connection : connections_) {
        connection->must_leave = true;
        connection->woken.cancel();
    }
}

void Pool::abandon() {
    for (const auto& connection : connections_) {
        connection->must_leave = true;
        connection->woken.cancel();
        if (connection->conversation) connection->conversation->abandon();
    }
}

void Pool::forget() {
    waiting_.clear();
    for (const auto& connection : connections_) connection->is_forgotten = true;
    abandon();
}

std::size_t Pool::limit() const {
    if (most_for_now_ == 0 || means_.clock.steady() >= limited_until_) return most_;
    return std::min(most_, most_for_now_);
}

bool Pool::may_open() const {
    return connections_.size() < limit() && means_.connections < means_.config.relay.connections;
}

// What waits is taken by an idle connection, or else new ones are opened; busy ones take it whenever they can.
void Pool::attend_to_waiting() {
    if (waiting_.empty() || is_stopping_ || wake_idle()) return;
    while (opening_ < 1 + waiting_.size() / attempts_for_an_opening && may_open()) open_connection();
}

bool Pool::wake_idle() {
    for (const auto& connection : connections_) {
        if (!connection->is_idle || connection->must_leave) continue;
        connection->is_idle = false;
        connection->woken.cancel();
        return true;
    }
    return false;
}

void Pool::open_connection() {
    auto connection = std::make_shared<Connection>(*this);
    connections_.push_back(connection);
    ++opening_;
    ++means_.connections;
    asio::co_spawn(context_, run(std::move(connection)), asio::detached);
}

// Whatever comes of it comes later, never from inside the call that asked for a connection: a route that is known to
// lead nowhere fails without waiting for anything.
net::Task<void> Pool::run(Shared connection) {
    co_await asio::post(context_, asio::use_awaitable);
    auto search = co_await open_conversation(destination_, means_);
    --opening_;
    const auto* verdict = std::get_if<Verdict>(&search);
    if (verdict) {
        ended(connection);
        could_not_open(*verdict);
        co_return;
    }
    auto& found = std::get<Opened>(search);
    connection->conversation = std::move(found.conversation);
    connection->remote = to_text(found.place);
    connection->tls = std::move(found.tls);
    co_await serve(connection);
    ended(connection);
    attend_to_waiting();
}

net::Task<void> Pool::serve(Shared connection) {
    for (;;) {
        if (!co_await connection->conversation->serve(*connection)) co_return;
        if (waiting_.empty() && !connection->must_leave && !is_stopping_) {
            connection->is_idle = true;
            connection->idle_since = means_.clock.steady();
            co_await connection->woken.async_wait(asio::as_tuple(asio::use_awaitable));
            connection->is_idle = false;
        }
        if (!connection->must_leave && !is_stopping_) continue;
        co_await connection->conversation->leave();
        co_return;
    }
}

void Pool::ended(const Shared& connection) {
    VERIFY(connection->jobs.empty());
    connections_.remove(connection);
    --means_.connections;
}

// With others at work there is no hurry: they will take what waits. The server seems to have its limit.
void Pool::could_not_open(const Verdict& verdict) {
    if (connections_.empty()) return answer_waiting(verdict);
    most_for_now_ = static_cast<std::uint32_t>(connections_.size());
    limited_until_ = means_.clock.steady() + limit_lasts;
}

std::unique_ptr<Job> Pool::take_waiting() {
    if (waiting_.empty()) return nullptr;
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    if (!waiting_.empty()) attend_to_waiting();
    return job;
}

void Pool::answer_waiting(const Verdict& verdict) {
    auto waiting = std::exchange(waiting_, {});
    for (auto& job : waiting) {
        job->settle(verdict);
        finish(std::move(job));
    }
}

void Pool::finish(std::unique_ptr<Job> job) { report_(job->done()); }

void Pool::give_back(std::unique_ptr<Job> job) {
    if (job->is_untouched()) return report_(job->not_begun());
    job->settle(shutting_down());
    finish(std::move(job));
}

bool Pool::is_sending() const {
    return !waiting_.empty() || std::ranges::any_of(connections_, [](const auto& c) { return !c->jobs.empty(); });
}

bool Pool::is_conversing() const {
    return std::ranges::any_of(connections_, [](const auto& c) { return c->conversation != nullptr; });
}

}  // namespace relay
