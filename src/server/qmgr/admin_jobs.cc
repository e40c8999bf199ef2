#include "qmgr/admin_jobs.h"

#include <algorithm>

#include "qmgr/route.h"
#include "text/ascii.h"

namespace qmgr {
namespace {

constexpr int messages_in_a_turn = 100;  // each may be read from disk
constexpr std::uint32_t longest_page = 1000;

bool is_empty(const Filter& filter) {
    return filter.id == 0 && filter.from.empty() && filter.to.empty() && filter.domain.empty() && !filter.all;
}

bool needs_envelope(const Filter& filter) {
    return !filter.from.empty() || !filter.to.empty() || !filter.domain.empty();
}

bool matches(const Filter& filter, const spool::Envelope& envelope) {
    const auto is_recipient = [&](auto matching) { return std::ranges::any_of(envelope.recipients, matching); };
    if (!filter.from.empty() &&
        !text::equal_ignoring_case(filter.from == "<>" ? std::string_view() : filter.from, envelope.reverse_path))
        return false;
    if (!filter.to.empty() &&
        !is_recipient([&](const spool::Recipient& r) { return text::equal_ignoring_case(filter.to, r.smtp.address); }))
        return false;
    return filter.domain.empty() || is_recipient([&](const spool::Recipient& r) {
               return text::equal_ignoring_case(filter.domain, domain_of(r.smtp.address));
           });
}

std::size_t octets_of(const admind::QueuedMessage& message) {
    std::size_t octets = sizeof message + message.reverse_path.size() + message.origin.size();
    for (const auto& recipient : message.recipients) octets += qmgr::octets_of(recipient);
    return octets;
}

}  // namespace

std::size_t octets_of(const admind::QueuedRecipient& recipient) {
    return sizeof recipient + recipient.address.size() + recipient.destination.size() + recipient.diagnostic.size();
}

AdminJobs::Snapshot AdminJobs::snapshot(const Filter& filter) const {
    auto ids = std::make_shared<std::vector<spool::MessageId>>();
    if (filter.id != 0) {
        if (spool_.entry(filter.id)) ids->push_back(filter.id);
    } else if (!is_empty(filter)) {
        spool_.for_each([&](spool::MessageId id, const spool::Entry&) { ids->push_back(id); });
        std::ranges::sort(*ids);
    }
    return ids;
}

void AdminJobs::add(Peer admind, const List& message) {
    Job job{.filter = message.filter, .peer = admind, .limit = std::clamp(message.limit, 1U, longest_page)};
    job.listed.ticket = message.ticket;
    const bool is_of_all = message.filter.id == 0 && !is_empty(message.filter);
    const bool goes_on = is_of_all && message.after != 0 && paged_through_;
    job.ids = goes_on ? paged_through_ : snapshot(message.filter);
    if (is_of_all) paged_through_ = job.ids;  // for the next page
    const auto start = std::ranges::upper_bound(*job.ids, message.after);
    job.next = static_cast<std::size_t>(start - job.ids->begin());
    jobs_.push_back(std::move(job));
}

void AdminJobs::add(Peer admind, const Act& message) {
    Job job{.filter = message.filter, .peer = admind, .action = message.action};
    job.order = std::make_shared<AdminOrder>(peers_, admind, message.ticket);
    job.ids = snapshot(message.filter);
    std::erase_if(orders_, [](const auto& order) { return order.expired(); });
    orders_.push_back(job.order);
    jobs_.push_back(std::move(job));
}

void AdminJobs::drop_those_of(Peer admind) {
    for (const auto& each : orders_)
        if (const auto order = each.lock(); order && order->peer() == admind) order->mute();
    std::erase_if(jobs_, [&](const Job& job) { return job.peer == admind; });
}

void AdminJobs::work_a_little() {
    if (!jobs_.empty() && work_on(jobs_.front())) jobs_.pop_front();
}

bool AdminJobs::is_page_full(const Job& job) {
    return job.listed.messages.size() == job.limit || job.octets >= longest_page_octets;
}

/// True: done, and answered or about to be.
bool AdminJobs::work_on(Job& job) {
    for (int i = 0; i < messages_in_a_turn && job.next < job.ids->size(); ++i) {
        if (!job.order && is_page_full(job)) {
            job.listed.more = true;
            break;
        }
        look_at(job, (*job.ids)[job.next++]);
    }
    if (job.next < job.ids->size() && !job.listed.more) return false;
    finish(job);
    return true;
}

void AdminJobs::look_at(Job& job, spool::MessageId id) {
    if (!spool_.entry(id)) return;
    if (!job.order || needs_envelope(job.filter)) {
        const auto envelope = spool_.load_envelope(id);
        const spool::Entry* entry = spool_.entry(id);  // damaged messages leave while they are read
        if (!entry || !envelope || !matches(job.filter, *envelope)) return;
        if (!job.order) {
            job.listed.messages.push_back(queue_.describe(id, *entry, *envelope));
            job.octets += octets_of(job.listed.messages.back());
        }
    }
    if (job.order) queue_.carry_out(id, job.action, job.order);
}

void AdminJobs::finish(Job& job) {
    if (job.order) return job.order->end();
    peers_.send(job.peer, job.listed);
    if (!job.listed.more && job.ids == paged_through_) paged_through_.reset();
}

}  // namespace qmgr
