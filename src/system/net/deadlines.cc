#include "net/deadlines.h"

#include <algorithm>
#include <utility>

namespace net {

Deadlines::Deadlines(boost::asio::io_context& context)
    : boost::asio::execution_context::service(context), timer_(context) {}

void Deadlines::shutdown() { timer_.cancel(); }

void Deadlines::watch(Entry& entry) {
    if (entry.due() == Clock::time_point::max()) return;  // stays where it is until its slot's time comes
    if (watched_ == 0) done_ = (Clock::now() - start_) / tick;
    const std::int64_t at = slot_for(entry.due());
    if (entry.slot_ != none && entry.slot_ <= at) return;
    forget(entry);
    insert(entry, at);
    if (armed_ == none || entry.slot_ < armed_) arm();
}

void Deadlines::forget(Entry& entry) {
    if (entry.slot_ == none) return;
    if (entry.previous_)
        entry.previous_->next_ = entry.next_;
    else
        wheel_[static_cast<std::size_t>(entry.slot_ % slots)] = entry.next_;
    if (entry.next_) entry.next_->previous_ = entry.previous_;
    entry.slot_ = none;
    if (--watched_ == 0) {  // nothing keeps the loop alive any more
        armed_ = none;
        timer_.cancel();
    }
}

/// The first tick that is not before `due`.
std::int64_t Deadlines::slot_for(Clock::time_point due) const {
    const auto ticks = (due - start_ + tick - Clock::duration(1)) / tick;
    return std::max<std::int64_t>(ticks, done_ + 1);
}

void Deadlines::insert(Entry& entry, std::int64_t at) {
    entry.slot_ = std::min(at, done_ + slots);
    Entry*& head = wheel_[static_cast<std::size_t>(entry.slot_ % slots)];
    entry.previous_ = nullptr;
    entry.next_ = head;
    if (head) head->previous_ = &entry;
    head = &entry;
    ++watched_;
}

/// Waits for the first slot that holds anything.
void Deadlines::arm() {
    std::int64_t first = done_ + 1;
    while (first < done_ + slots && !wheel_[static_cast<std::size_t>(first % slots)]) ++first;
    armed_ = first;
    timer_.expires_at(start_ + first * tick);
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) turn();
    });
}

void Deadlines::turn() {
    const auto now = Clock::now();
    const std::int64_t until = std::min((now - start_) / tick, done_ + slots);
    armed_ = none;
    while (done_ < until) {
        ++done_;
        empty_slot(done_, now);
    }
    if (watched_ > 0) arm();
}

void Deadlines::look_at(Entry& entry, Clock::time_point now) {
    if (entry.due() <= now) entry.expire(now);
    if (entry.due() != Clock::time_point::max()) insert(entry, slot_for(entry.due()));
}

/// Takes every entry out of the slot before any is looked at: it may be put back for the wheel's next round.
void Deadlines::empty_slot(std::int64_t at, Clock::time_point now) {
    Entry* entry = std::exchange(wheel_[static_cast<std::size_t>(at % slots)], nullptr);
    while (entry) {
        Entry* const next = entry->next_;
        entry->slot_ = none;
        --watched_;
        look_at(*entry, now);
        entry = next;
    }
}

void Deadlines::begin_stop() {
    is_stopping_ = true;
    for (Entry* head : wheel_) {
        for (Entry* entry = head; entry;) {
            Entry* const next = entry->next_;
            entry->stop();
            entry = next;
        }
    }
}

}  // namespace net
