#include "admind/desk.h"

#include <utility>

#include "lang/overloaded.h"
#include "sandbox/sandbox.h"

namespace admind {

void Desk::take(ClientId client, FromClient request) {
    std::visit(Overloaded{[&](Command& command) {
                              const bool is_status = command.order == Order::Status;
                              const std::uint64_t own = open(client, command.ticket, is_status);
                              if (command.order == Order::Reload) return outward_.reload(own);
                              if (command.order == Order::Stop) return outward_.stop(own);
                              open_[own].is_status = true;  // also what a later version may ask
                              open_[own].is_for_qmgr = true;
                              ask_qmgr(own, qmgr::Count{own});
                          },
                          [&](acmed::Order& order) { ask_acmed(client, order); },
                          [&](auto& question) {
                              question.ticket = open(client, question.ticket, /*is_for_qmgr=*/true);
                              ask_qmgr(question.ticket, question);
                          }},
               request);
}

std::uint64_t Desk::open(ClientId client, std::uint64_t ticket, bool is_for_qmgr) {
    open_.emplace(++last_, Open{.client = client, .ticket = ticket, .is_for_qmgr = is_for_qmgr});
    return last_;
}

void Desk::ask_qmgr(std::uint64_t ticket, const qmgr::FromAdmind& request) {
    if (outward_.to_qmgr(request)) return;
    const Open open = open_.extract(ticket).mapped();
    refuse(open);
}

void Desk::ask_acmed(ClientId client, acmed::Order order) {
    const Open asked{.client = client, .ticket = order.ticket, .is_for_acmed = true};
    order.ticket = open(client, order.ticket, /*is_for_qmgr=*/false);
    open_[order.ticket].is_for_acmed = true;
    if (outward_.to_acmed(order)) return;
    open_.erase(order.ticket);
    refuse(asked);
}

/// For want of a qmgr. The processes are known without it.
void Desk::refuse(const Open& open) {
    if (open.is_for_acmed)
        return outward_.to_client(
            open.client,
            Answer{open.ticket, false,
                   "the process for certificates does not run: is [acme] configured? Try again otherwise"});
    const Totals unknown{.local_is_paused = local_is_paused_, .remote_is_paused = remote_is_paused_};
    if (open.is_status) return outward_.to_client(open.client, status(open.ticket, unknown));
    outward_.to_client(open.client, Answer{open.ticket, false, "the queue is not available at the moment; try again"});
}

void Desk::forget(ClientId client) {
    std::erase_if(open_, [client](const auto& entry) { return entry.second.client == client; });
}

void Desk::take(FromQmgr answer) {
    if (const auto* totals = std::get_if<Totals>(&answer)) learn(*totals);
    std::visit(
        [this](auto& found) {
            const auto entry = open_.extract(found.ticket);
            if (!entry) return;  // Hostile, or the client has gone: an answer that nobody waits for
            const Open& open = entry.mapped();
            found.ticket = open.ticket;
            if constexpr (std::same_as<std::remove_reference_t<decltype(found)>, Totals>)
                if (open.is_status) return outward_.to_client(open.client, status(open.ticket, found));
            outward_.to_client(open.client, std::move(found));
        },
        answer);
}

void Desk::qmgr_is_lost() {
    auto lost = std::exchange(open_, {});
    for (auto& [ticket, open] : lost) {
        if (open.is_for_qmgr)
            refuse(open);
        else
            open_.emplace(ticket, open);
    }
}

void Desk::qmgr_is_there() {
    using enum qmgr::Traffic;
    if (!local_is_paused_ && !remote_is_paused_) return static_cast<void>(outward_.to_qmgr(qmgr::Count{}));
    const auto traffic = local_is_paused_ && remote_is_paused_ ? All : local_is_paused_ ? Local : Remote;
    outward_.to_qmgr(qmgr::Pause{.traffic = traffic});
}

void Desk::learn(const Totals& totals) {
    local_is_paused_ = totals.local_is_paused;
    remote_is_paused_ = totals.remote_is_paused;
}

void Desk::take(FromAcmed answer) {
    std::visit(
        [this](auto& found) {
            const auto entry = open_.find(found.ticket);
            if (entry == open_.end() || !entry->second.is_for_acmed) return;  // Hostile, or the client has gone
            const Open open = entry->second;
            open_.erase(entry);
            found.ticket = open.ticket;
            outward_.to_client(open.client, std::move(found));
        },
        answer);
}

void Desk::acmed_is_lost() {
    std::vector<Open> lost;
    std::erase_if(open_, [&](const auto& entry) {
        if (entry.second.is_for_acmed) lost.push_back(entry.second);
        return entry.second.is_for_acmed;
    });
    for (const Open& open : lost) refuse(open);
}

void Desk::take(const process::ProcessLine& line) { processes_[{line.role, line.index}] = line; }

void Desk::take_answer(std::uint64_t ticket, bool done, const std::string& text) {
    if (const auto entry = open_.extract(ticket))
        outward_.to_client(entry.mapped().client, Answer{entry.mapped().ticket, done, text});
}

Status Desk::status(std::uint64_t ticket, Totals totals) const {
    totals.ticket = ticket;
    Status all{
        .ticket = ticket, .version = HERMOD_VERSION, .processes = {}, .totals = totals, .certificates = certificates_};
    for (const auto& [key, line] : processes_)
        all.processes.push_back({.role = std::string(process::name(line.role)),
                                 .index = line.index,
                                 .pid = line.pid,
                                 .started = line.started,
                                 .restarts = line.restarts,
                                 .missing_fences = sandbox::names(line.missing_fences)});
    return all;
}

}  // namespace admind
