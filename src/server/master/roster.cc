#include "master/roster.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace master {

using process::Role;

namespace {

constexpr std::array start_order{
    Role::Keyd,  Role::Authd,  Role::Tokend, Role::Policyd, Role::Directory, Role::Qmgr,  Role::Runner, Role::Deliver,
    Role::Relay, Role::Pickup, Role::Admind, Role::Reader,  Role::Pop3d,     Role::Smtpd, Role::Acmed,  Role::Httpd};
constexpr std::chrono::seconds long_life{10};  // whoever lived this long is started anew at once
constexpr std::chrono::milliseconds first_delay{100};
constexpr std::chrono::milliseconds longest_delay{5000};
constexpr std::size_t alarming_deaths = 10;  // in a minute

bool are_neighbours(Role a, Role b) {
    return std::ranges::any_of(process::neighbours, [&](const auto& pair) {
        return (pair.first == a && pair.second == b) || (pair.first == b && pair.second == a);
    });
}

void send_peer(Child& to, const Child& about, file::Descriptor socket) {
    std::vector<file::Descriptor> descriptors;
    descriptors.push_back(std::move(socket));
    to.line->send({.kind = process::Order::Kind::Peer, .role = about.role, .index = about.index},
                  std::move(descriptors));
}

}  // namespace

std::chrono::milliseconds Child::note_death(Clock::time_point now) {
    quick_deaths = now - began >= long_life ? 1 : quick_deaths + 1;
    deaths.push_back(now);
    while (now - deaths.front() > std::chrono::minutes(1)) deaths.pop_front();
    if (quick_deaths == 1) return std::chrono::milliseconds(0);
    return std::min(longest_delay, first_delay * (1 << std::min(quick_deaths - 2, 10)));
}

bool Child::is_alarming(Clock::time_point now) {
    if (deaths.size() < alarming_deaths || now - alarmed < std::chrono::minutes(1)) return false;
    alarmed = now;
    return true;
}

process::ProcessLine Child::line_for_admind() const {
    return {.role = role,
            .index = index,
            .pid = pid,
            .started = started,
            .restarts = restarts,
            .missing_fences = missing_fences};
}

Roster::Roster(boost::asio::io_context& context, const Plan& plan) {
    for (const Role role : start_order)
        for (std::uint8_t index = 0; index < plan.count(role); ++index)
            children_.push_back(std::make_unique<Child>(context, role, index));
}

Child* Roster::find(Role role, std::uint8_t index) {
    const auto found =
        std::ranges::find_if(children_, [&](const auto& c) { return c->role == role && c->index == index; });
    return found == children_.end() ? nullptr : found->get();
}

bool Roster::all_ready(std::initializer_list<Role> roles) const {
    return std::ranges::all_of(children_, [&](const auto& child) {
        return std::ranges::find(roles, child->role) == roles.end() || child->is_ready;
    });
}
bool Roster::all_ready() const { return std::ranges::all_of(children_, &Child::is_ready); }

bool Roster::any_running(std::initializer_list<Role> roles) const {
    return std::ranges::any_of(children_, [&](const auto& child) {
        return child->pid > 0 && std::ranges::find(roles, child->role) != roles.end();
    });
}
bool Roster::any_running() const {
    return std::ranges::any_of(children_, [](const auto& child) { return child->pid > 0; });
}

void Roster::for_each(Role role, const std::function<void(Child&)>& visit) {
    for (auto& child : children_)
        if (child->role == role) visit(*child);
}

bool Roster::introduce(Child& child) {
    for (auto& other : children_) {
        if (!other->line || other.get() == &child || !are_neighbours(child.role, other->role)) continue;
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) return false;
        send_peer(child, *other, file::Descriptor(ends[0]));
        send_peer(*other, child, file::Descriptor(ends[1]));
    }
    return true;
}

}  // namespace master
