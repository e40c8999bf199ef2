#include "policyd/list_health.h"

#include <fmt/format.h>

#include "policyd/lookups.h"
#include "screening/dns_list.h"

namespace policyd {

const ListHealth::State* ListHealth::known(const dns::Name& zone) const {
    const auto found = zones_.find(zone);
    return found != zones_.end() && clock_.steady() < found->second.until ? &found->second : nullptr;
}

net::Task<bool> ListHealth::is_sound(dns::Name zone, bool is_of_names,
                                     std::chrono::steady_clock::time_point last_moment) {
    if (const auto* state = known(zone)) co_return state->is_sound;
    const auto never = co_await ask_until(resolver_, screening::question_about_sanity(zone, is_of_names), last_moment);
    const auto always = co_await ask_until(resolver_, screening::question_about_life(zone, is_of_names), last_moment);
    if (const auto* state = known(zone)) co_return state->is_sound;  // somebody else has found out meanwhile
    for (const auto* answer : {&never, &always}) {
        auto why = screening::complaint(*answer);
        if (!answer->is_usable()) why = "does not answer: " + answer->reason;
        if (!why) continue;
        suspend(zone, *why);
        co_return false;
    }
    if (never.has_records() || !always.has_records()) {
        suspend(zone, never.has_records() ? "lists everything, even what never is to be listed"
                                          : "lists nothing, not even what always is to be listed");
        co_return false;
    }
    zones_[zone] = {.is_sound = true, .until = clock_.steady() + sound_for};
    co_return true;
}

void ListHealth::suspend(const dns::Name& zone, std::string_view why) {
    if (const auto* state = known(zone); state && !state->is_sound) return;
    zones_[zone] = {.is_sound = false, .until = clock_.steady() + suspended_for};
    tell_(zone, why);
}

void ListHealth::miss(const dns::Name& zone, std::string_view why) {
    constexpr int most = 3;
    const auto found = zones_.find(zone);
    if (found != zones_.end() && ++found->second.missed >= most) suspend(zone, why);
}

// Hostile: a stranger whose own names keep us waiting leaves the list no time, and is not to have it suspended.
net::Task<dns::Answer> ListHealth::ask(const dns::Name& zone, dns::Question question,
                                       std::chrono::steady_clock::time_point last_moment) {
    const bool has_time = std::chrono::steady_clock::now() + time_enough <= last_moment;
    auto answer = co_await ask_until(resolver_, std::move(question), last_moment);
    if (!answer.is_usable()) {
        if (has_time) miss(zone, "does not answer: " + answer.reason);
    } else if (const auto complaint = screening::complaint(answer)) {
        suspend(zone, *complaint);
    } else if (const auto found = zones_.find(zone); found != zones_.end()) {
        found->second.missed = 0;
    }
    co_return answer;
}

}  // namespace policyd
