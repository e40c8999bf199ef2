#include "qmgr/queue.h"

namespace qmgr {
namespace {

/// Two attempts for each connection allowed: one under way, one behind it in the relay.
constexpr std::uint32_t attempts_per_connection = 2;

Destinations::Limits limits_of(const Settings& settings) {
    Destinations::Limits limits;
    limits.widest_window = std::max(settings.connections_per_destination * attempts_per_connection, 1U);
    limits.first_window = std::min(limits.first_window, limits.widest_window);
    limits.shortest_rest = std::min<milliseconds>(limits.shortest_rest, settings.first_retry);
    limits.longest_rest = std::max(limits.shortest_rest, settings.longest_retry);
    return limits;
}

/// Attempts are numbered on from an earlier life's: a relay may still hold some of those, and must not take one for
/// another. 16 a millisecond are more than there can be, and the numbers stay below 2^53, which JSON can carry.
std::uint64_t first_attempt(clocks::Wall now) {
    constexpr clocks::Wall beginning{std::chrono::seconds(1'600'000'000)};
    return static_cast<std::uint64_t>(std::max<std::int64_t>((now - beginning).count(), 0)) * 16;
}

bool is_submitter(process::Role role) {
    return role == process::Role::Smtpd || role == process::Role::Pickup || role == process::Role::Policyd;
}
bool carries_out(process::Role role) { return role == process::Role::Relay || role == process::Role::Deliver; }

}  // namespace

Queue::Queue(Settings settings, spool::Spool& spool, const clocks::Clock& clock, Peers& peers, Random& random,
             Record record)
    : settings_(std::move(settings)),
      spool_(spool),
      clock_(clock),
      peers_(peers),
      random_(random),
      record_(std::move(record)),
      schedule_(settings_.first_retry, settings_.longest_retry),
      ages_(clock),
      writer_(settings_, spool, clock, random),
      destinations_(limits_of(settings_)),
      knows_directory_(settings_.asks_directory),
      last_attempt_(first_attempt(clock.wall())),
      admin_jobs_(spool, peers,
                  {.describe = [this](spool::MessageId id, const spool::Entry& entry,
                                      const spool::Envelope& envelope) { return describe(id, entry, envelope); },
                   .carry_out = [this](spool::MessageId id, Action action,
                                       const OrderPointer& order) { carry_out(id, action, order); }}) {
    passages_.remember(settings_.remembered);
}

void Queue::configure(Settings settings) {
    settings_ = std::move(settings);
    passages_.remember(settings_.remembered);
    schedule_ = RetrySchedule(settings_.first_retry, settings_.longest_retry);
    destinations_.set(limits_of(settings_));
    forget_who_was_told();
    spool_.for_each([&](spool::MessageId id, const spool::Entry& constant) {
        (void)constant;
        spool::Entry* entry = spool_.mutable_entry(id);
        for (std::uint32_t i = 0; i < entry->tasks.size(); ++i) {
            auto& task = entry->tasks[i];
            const auto state = place_of(task).state;
            if (task.is_done() || state == State::InFlight) continue;
            unassign(task);
            if (state == State::Ready) wait({id, i}, task);  // due already: sorted anew in the next turns
        }
    });
}

void Queue::peer_new(Peer peer) {
    if (is_submitter(peer.role)) ++generations_[peer];
    if (peer.role == process::Role::Directory) {
        has_directory_ = knows_directory_ = true;
        ask_again();
    }
    if (!carries_out(peer.role)) return;
    if (processes_.has(peer)) peer_gone(peer);
    processes_.add(peer);
    forget_who_was_told();
    give_out();
}

/// Of the connections a relay may have: with its next attempt each hears it anew.
void Queue::forget_who_was_told() {
    for (std::size_t i = 1; i < destinations_.slots(); ++i) destinations_[static_cast<DestinationNumber>(i)].told = 0;
}

void Queue::peer_gone(Peer peer) {
    if (peer.role == process::Role::Directory) has_directory_ = false;
    if (is_submitter(peer.role)) {
        ++generations_[peer];
        while (true) {
            const auto blob = blobs_.lower_bound({peer, 0});
            if (blob == blobs_.end() || blob->first.peer != peer) break;
            on(peer, DropBlob{blob->first.ticket});
        }
    }
    admin_jobs_.drop_those_of(peer);
    processes_.remove(peer);
    std::vector<Flight> lost;
    std::erase_if(flights_, [&](auto& flight) {
        if (flight.second.peer != peer) return false;
        lost.push_back(std::move(flight.second));
        return true;
    });
    for (auto& flight : lost) lose(std::move(flight));
    give_out();
}

}  // namespace qmgr
