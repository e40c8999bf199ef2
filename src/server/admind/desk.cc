#include "admind/desk.h"

#include <utility>

#include "lang/overloaded.h"
#include "sandbox/sandbox.h"

namespace admind {

void Desk::take(ClientId client, FromClient request) {
    std::visit(
        Overloaded{[&](Command& command) { carry_out(client, command); },
                   [&](acmed::Order& order) { ask(For::Acmed, outward_.to_acmed, client, order); },
                   [&](directory::ListBans& asked) { ask(For::Directory, outward_.to_directory, client, asked); },
                   [&](directory::LiftBans& asked) { ask(For::Directory, outward_.to_directory, client, asked); },
                   [&](auto& asked) { ask(For::Qmgr, outward_.to_qmgr, client, asked); }},
        request);
}

void Desk::carry_out(ClientId client, const Command& command) {
    if (command.order == Order::Reload) return outward_.reload(open(client, command.ticket, For::Master));
    if (command.order == Order::Stop) return outward_.stop(open(client, command.ticket, For::Master));
    const auto own = open(client, command.ticket, For::Qmgr);
    open_[own].is_status = true;  // also what a later version may ask
    if (!outward_.to_qmgr(qmgr::Count{own})) refuse(open_.extract(own).mapped());
}

std::uint64_t Desk::open(ClientId client, std::uint64_t ticket, For whom) {
    open_.emplace(++last_, Open{.client = client, .ticket = ticket, .whom = whom});
    return last_;
}

template <typename Outward, typename Question>
void Desk::ask(For whom, const Outward& outward, ClientId client, Question& question) {
    const auto own = question.ticket = open(client, question.ticket, whom);
    if (!outward(question)) refuse(open_.extract(own).mapped());
}

/// For want of whoever would know. The processes are known without them.
void Desk::refuse(const Open& open) {
    if (open.whom == For::Directory)
        return outward_.to_client(open.client,
                                  Answer{open.ticket, false, "directory does not answer at the moment; try again"});
    if (open.whom == For::Acmed)
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
    std::visit([this](auto& found) { hand_back(For::Qmgr, found); }, answer);
}

void Desk::take(FromDirectory answer) {
    std::visit([this](auto& found) { hand_back(For::Directory, found); }, answer);
}

void Desk::take(FromAcmed answer) {
    std::visit([this](auto& found) { hand_back(For::Acmed, found); }, answer);
}

template <typename Found>
void Desk::hand_back(For whom, Found& found) {
    const auto entry = open_.find(found.ticket);
    // Hostile: it answers what others were asked. Or the client has gone, and nobody waits for it.
    if (entry == open_.end() || entry->second.whom != whom) return;
    const Open open = entry->second;
    open_.erase(entry);
    found.ticket = open.ticket;
    if constexpr (std::same_as<Found, Totals>)
        if (open.is_status) return outward_.to_client(open.client, status(open.ticket, found));
    outward_.to_client(open.client, std::move(found));
}

void Desk::qmgr_is_lost() { is_lost(For::Qmgr); }
void Desk::directory_is_lost() { is_lost(For::Directory); }
void Desk::acmed_is_lost() { is_lost(For::Acmed); }

void Desk::is_lost(For whom) {
    auto lost = std::exchange(open_, {});
    for (auto& [ticket, open] : lost) {
        if (open.whom == whom)
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
