#include "arc/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "text/ascii.h"

namespace arc {
namespace {

using dkim::Canonicalization;

enum class Kind : std::uint8_t { Results, MessageSignature, Seal };

std::optional<Kind> kind_of(const mime::Field& field) {
    if (field.is("ARC-Authentication-Results")) return Kind::Results;
    if (field.is("ARC-Message-Signature")) return Kind::MessageSignature;
    if (field.is("ARC-Seal")) return Kind::Seal;
    return std::nullopt;
}

// instance = [CFWS] %s"i" [CFWS] "=" [CFWS] 1*2DIGIT [CFWS] ";"          §4.1.1
std::optional<std::string_view> instance_of_results(std::string_view value) {
    const auto end = value.find(';');
    if (end == std::string_view::npos) return std::nullopt;
    value = value.substr(0, end);
    const auto equals = value.find('=');
    if (equals == std::string_view::npos || dkim::trim_white_space(value.substr(0, equals)) != "i") return std::nullopt;
    return dkim::trim_white_space(value.substr(equals + 1));
}

/// 1 to 50; 0: there is none.
std::size_t instance_of(const mime::Field& field, Kind kind) {
    std::optional<std::string_view> text;
    if (kind == Kind::Results) {
        text = instance_of_results(field.value);
    } else if (const auto tags = dkim::TagList::parse(field.value)) {
        text = tags->value("i");
    }
    const auto instance = text ? dkim::parse_number(*text, 2) : std::nullopt;
    return instance && *instance <= most_sets ? static_cast<std::size_t>(*instance) : 0;
}

std::optional<Result> parse_result(std::string_view text) {
    for (const auto result : {Result::None, Result::Pass, Result::Fail})
        if (text::equal_ignoring_case(text, to_text(result))) return result;
    return std::nullopt;
}

std::string read_seal(Set& set) {
    const auto tags = dkim::TagList::parse(set.seal->value);
    auto read = dkim::read_seal_tags(*tags);
    if (!read) return std::string(describe(read.error()));
    const auto chain = parse_result(tags->value("cv").value_or(""));
    if (!chain) return "cv= is unknown";
    if (tags->find("h") != nullptr) return "a seal has no h=";  // §4.1.3
    set.seal_tags = *std::move(read);
    set.chain = *chain;
    return {};
}

/// The place of a field in its set.
const mime::Field*& place_in(Set& set, Kind kind) {
    if (kind == Kind::Results) return set.results;
    return kind == Kind::Seal ? set.seal : set.message_signature;
}

/// Puts the fields where they belong. Goes on behind the first problem, which is the one that is told, for `highest`.
std::map<std::size_t, Set> gather(const dkim::Header& header, Chain& chain) {
    std::map<std::size_t, Set> sets;
    std::size_t octets = 0;
    const auto tell = [&](std::string problem) {
        if (chain.problem.empty()) chain.problem = std::move(problem);
    };
    for (const auto& field : header.fields()) {
        const auto kind = kind_of(field);
        if (!kind) continue;
        octets += field.whole.size();
        const auto instance = instance_of(field, *kind);
        if (instance == 0) {
            tell(fmt::format("{} has no instance from 1 to {}", field.name, most_sets));
            continue;
        }
        const mime::Field*& place = place_in(sets[instance], *kind);
        if (place != nullptr) tell(fmt::format("{} with i={} stands there twice", field.name, instance));
        place = &field;
    }
    if (octets > longest_chain) tell("the chain is too long");
    return sets;
}

}  // namespace

std::string_view to_text(Result result) {
    switch (result) {
        case Result::None: return "none";
        case Result::Pass: return "pass";
        case Result::Fail: return "fail";
    }
    return "";
}

Chain read_chain(const dkim::Header& header) {
    Chain chain;
    auto sets = gather(header, chain);
    if (!sets.empty()) chain.highest = sets.rbegin()->first;
    if (sets.size() != chain.highest && chain.problem.empty()) chain.problem = "an instance is missing";
    for (auto& [instance, set] : sets) {
        std::string problem;
        if (set.results == nullptr || set.message_signature == nullptr || set.seal == nullptr)
            problem = "a field is missing";
        if (set.seal != nullptr) {
            const auto of_seal = read_seal(set);
            if (problem.empty()) problem = of_seal;
            if (instance == chain.highest) chain.is_marked_failed = of_seal.empty() && set.chain == Result::Fail;
        }
        if (problem.empty() && set.chain != (instance == 1 ? Result::None : Result::Pass))
            problem = fmt::format("cv={}", to_text(set.chain));
        if (!problem.empty() && chain.problem.empty())
            chain.problem = fmt::format("instance {}: {}", instance, problem);
        chain.sets.push_back(std::move(set));
    }
    return chain;
}

std::string sealed_text(const std::vector<Set>& sets) {
    std::string text;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        text += canonical_field(Canonicalization::Relaxed, *sets[i].results);
        text += canonical_field(Canonicalization::Relaxed, *sets[i].message_signature);
        text += i + 1 == sets.size() ? canonical_without_signature(Canonicalization::Relaxed, *sets[i].seal)
                                     : canonical_field(Canonicalization::Relaxed, *sets[i].seal);
    }
    return text;
}

}  // namespace arc
