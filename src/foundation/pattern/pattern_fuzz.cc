#include "pattern/pattern.h"

#include "fuzz.h"

// Whatever pattern and text: it ends; the groups are parts of the text; and what has no reference is not changed.
FUZZ(octets) {
    const auto line = octets.find('\n');
    if (line == std::string_view::npos) return;
    const auto compiled = pattern::Pattern::compile(octets.substr(0, line));
    if (!compiled) return;
    const auto text = octets.substr(line + 1);
    const auto groups = compiled->match(text);
    if (!groups) return;
    VERIFY(groups->size() == compiled->groups() + 1);
    for (const auto& group : *groups) VERIFY(text.find(group) != std::string_view::npos);
    if (!pattern::has_reference(text)) VERIFY(pattern::fill(text, *groups).size() <= text.size());
    if (pattern::flaw_of(text, groups->size() - 1).empty()) pattern::fill(text, *groups);
}
