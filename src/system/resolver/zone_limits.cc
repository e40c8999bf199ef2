#include "resolver/zone_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include "lang/defer.h"

namespace resolver {

namespace {

using namespace std::chrono_literals;
using Moment = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

constexpr std::chrono::seconds longest_known{3600};

/// Below which domains are registered in many countries: "co" of "co.uk". Of others each is taken for a domain.
constexpr auto usual_second_levels = std::to_array<std::string_view>(
    {"ac", "co", "com", "edu", "gob", "gouv", "gov", "ltd", "mil", "ne", "net", "nom", "or", "org", "plc", "sch"});

dns::Name last_labels(dns::Name name, std::size_t count) {
    while (name.label_count() > count) name = name.parent();
    return name;
}

std::size_t labels_of_zone(const dns::Name& name) {
    static const auto reverse_v4 = *dns::parse_name("in-addr.arpa");
    static const auto reverse_v6 = *dns::parse_name("ip6.arpa");
    if (name.is_below(reverse_v4)) return 4;
    if (name.is_below(reverse_v6)) return 10;
    const auto last_two = last_labels(name, 2);
    const bool is_of_country = last_two.parent().first_label().size() == 2;
    const bool is_usual = std::ranges::find(usual_second_levels, last_two.first_label()) != usual_second_levels.end();
    return is_of_country && is_usual ? 3 : 2;
}

struct Zone {
    Moment next{};  // when nothing of this second is used up any more
    std::uint32_t under_way = 0;

    bool is_idle(Moment now) const { return under_way == 0 && next <= now; }
};

struct Known {
    Moment until{};
    bool is_being_asked = false;
};

}  // namespace

dns::Name zone_of(const dns::Name& name) { return last_labels(name, labels_of_zone(name)); }

struct ZoneLimits::State {
    const clocks::Clock& clock;
    Limits limits;
    std::map<dns::Name, Zone> zones{};
    std::map<dns::Question, Known> questions{};
    Moment sweeping_pays{};  // earlier than that hardly anything would have come to its end

    bool costs_nothing(const dns::Question& question) const {
        const auto known = questions.find(question);
        return known != questions.end() && (known->second.is_being_asked || known->second.until > clock.steady());
    }

    /// Why it may not be asked; empty: it may, and is under way from now on.
    std::string begin(const dns::Question& question, const dns::Name& name) {
        const Moment now = clock.steady();
        if (zones.size() >= most_zones && !zones.contains(name)) sweep(now);
        if (zones.size() >= most_zones && !zones.contains(name)) return "too many zones at once";
        auto& zone = zones[name];
        if (zone.under_way >= limits.under_way)
            return fmt::format("too many questions to {} under way", dns::to_text(name));
        const auto next = std::max(zone.next, now) + std::chrono::nanoseconds(1s) / limits.per_second;
        if (next > now + 1s) return fmt::format("too many questions to {} within a second", dns::to_text(name));
        zone.next = next;
        ++zone.under_way;
        note(question, {.until = {}, .is_being_asked = true});
        return {};
    }

    void end(const dns::Question& question, const dns::Name& name, std::chrono::seconds known_for) {
        --zones.at(name).under_way;
        if (known_for > 0s)
            note(question, {.until = clock.steady() + std::min(known_for, longest_known), .is_being_asked = false});
        else
            questions.erase(question);
    }

    /// Hostile: strangers fill both, so not at each question.
    void sweep(Moment now) {
        if (now < sweeping_pays) return;
        sweeping_pays = now + 1s;
        std::erase_if(zones, [now](const auto& entry) { return entry.second.is_idle(now); });
        std::erase_if(questions,
                      [now](const auto& entry) { return !entry.second.is_being_asked && entry.second.until <= now; });
    }

    void note(const dns::Question& question, Known known) {
        if (questions.size() >= most_questions && !questions.contains(question)) sweep(clock.steady());
        if (questions.size() < most_questions || questions.contains(question)) questions[question] = known;
    }
};

ZoneLimits::ZoneLimits(Resolver& asked, const clocks::Clock& clock, Limits limits)
    : asked_(asked), state_(std::make_shared<State>(State{.clock = clock, .limits = limits})) {}
ZoneLimits::~ZoneLimits() = default;

void ZoneLimits::use(Limits limits) { state_->limits = limits; }

net::Task<dns::Answer> ZoneLimits::ask(dns::Question question) {
    const auto state = state_;
    if (state->costs_nothing(question)) co_return co_await asked_.ask(std::move(question));
    const auto zone = zone_of(question.name);
    auto problem = state->begin(question, zone);
    if (!problem.empty()) co_return dns::failed(std::move(problem));
    std::chrono::seconds known_for{0};
    const Defer done([&] { state->end(question, zone, known_for); });
    auto answer = co_await asked_.ask(question);
    if (answer.is_usable()) known_for = std::chrono::seconds(answer.ttl);
    co_return answer;
}

}  // namespace resolver
