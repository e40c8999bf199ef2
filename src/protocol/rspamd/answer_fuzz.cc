#include <cmath>

#include "fuzz.h"
#include "rspamd/check.h"

// What is accepted has a number and an action that has a name; and no field of a request can hold a line end.
FUZZ(text) {
    if (const auto verdict = rspamd::parse_answer(text)) {
        VERIFY(std::isfinite(verdict->score) && std::isfinite(verdict->required));
        VERIFY(!rspamd::to_text(verdict->action).empty());
        VERIFY(verdict->symbols.size() <= rspamd::most_symbols);
    }
    for (const auto& [name, value] : rspamd::fields_of({.helo = std::string(text), .recipients = {std::string(text)}}))
        VERIFY(value.find_first_of("\r\n") == std::string::npos);
}
