#include "senders/list.h"

#include "fuzz.h"

// A list that is read can be written, and reading that gives the same. Nobody is allowed by what is merely said.
FUZZ(text) {
    const auto list = senders::List::parse(text);
    if (!list) return;
    const auto again = senders::List::parse(list->to_text());
    VERIFY(again.has_value() && again->entries() == list->entries());
    for (const auto& [identity, entry] : list->entries()) {
        const auto proved = list->judge({.validated = {identity}, .claimed = {}});
        VERIFY(proved.kind != senders::Opinion::Kind::None && proved.identity == identity);
        VERIFY(list->judge({.validated = {}, .claimed = {identity}}).kind != senders::Opinion::Kind::Allowed);
    }
}
