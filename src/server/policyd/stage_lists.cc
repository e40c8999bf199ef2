// DNS lists of addresses and names. RFC 5782. All are asked at the same time.

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "policyd/gather.h"
#include "policyd/stage.h"
#include "screening/dns_list.h"
#include "text/ascii.h"
#include "text/escape.h"

namespace policyd {
namespace {

constexpr std::size_t longest_text = 200;  // of a list's explanation

struct Listing {
    std::string thing;  // what is listed
    dns::Question question;
};

void add(std::vector<Listing>& listings, const dns::Name& name, const dns::Name& zone) {
    if (auto question = screening::question_about(name, zone))
        listings.push_back({to_text(name), *std::move(question)});
}

net::Task<std::vector<Listing>> questions(const Scene& scene, const site::ScreeningList& list, const dns::Name& zone) {
    std::vector<Listing> asked;
    if (list.of == site::ListedThing::Client)
        asked.push_back({ip::to_text(scene.client), screening::question_about(scene.client, zone)});
    if (list.of == site::ListedThing::Name) {
        const auto [is_known, names] = co_await reverse_names(scene);
        for (const auto& name : names) add(asked, name, zone);
    }
    if (list.of == site::ListedThing::Helo || list.of == site::ListedThing::Sender) {
        const auto& said = list.of == site::ListedThing::Helo ? scene.helo : scene.sender_domain;
        if (const auto name = dns::parse_name(said); name && name->is_host_name()) add(asked, *name, zone);
    }
    co_return asked;
}

/// Why it is listed, as the list has it. Hostile.
net::Task<std::string> explanation(const Scene& scene, const dns::Name& zone, const dns::Name& name) {
    const auto answer = co_await scene.lists.ask(zone, {name, dns::Type::Txt}, scene.last_moment);
    if (!answer.has_records()) co_return "";
    const auto* txt = std::get_if<dns::Txt>(&answer.records.front().value);
    co_return txt ? text::escaped(txt->joined().substr(0, longest_text)) : "";
}

net::Task<std::optional<Finding>> look_at(const Scene& scene, const site::ScreeningList& list) {
    const auto zone = dns::parse_name(list.zone).value_or(dns::Name());
    const bool is_of_names = list.of != site::ListedThing::Client;
    if (!co_await scene.lists.is_sound(zone, is_of_names, scene.last_moment)) co_return std::nullopt;
    std::vector<screening::AnswerPattern> patterns;
    for (const auto& text : list.answers)
        if (const auto pattern = screening::parse_answer_pattern(text)) patterns.push_back(*pattern);
    for (const auto& [thing, question] : co_await questions(scene, list, zone)) {
        const auto answer = co_await scene.lists.ask(zone, question, scene.last_moment);
        if (!answer.is_usable() || screening::complaint(answer)) co_return std::nullopt;
        const auto listed = screening::listings(answer, patterns);
        if (listed.empty()) continue;
        const auto text = list.allows ? std::string() : co_await explanation(scene, zone, question.name);
        co_return Finding{.stage = "lists",
                          .reason = fmt::format("{} is listed by {} ({}){}{}", thing, list.zone,
                                                ip::to_text(listed.front()), text.empty() ? "" : ": ", text),
                          .action = list.action,
                          .score = list.score,
                          .allows = list.allows};
    }
    co_return std::nullopt;
}

}  // namespace

net::Task<Findings> look_at_lists(const Scene& scene) {
    std::vector<net::Task<std::optional<Finding>>> looks;
    for (const auto& list : scene.settings.lists)
        if (list.action != site::ScreeningAction::Off) looks.push_back(look_at(scene, list));
    Findings findings;
    for (auto& one : co_await gather(std::move(looks)))
        if (one) findings.push_back(*std::move(one));
    co_return findings;
}

}  // namespace policyd
