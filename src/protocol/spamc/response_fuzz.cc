#include <cmath>

#include "fuzz.h"
#include "spamc/symbols.h"

// Whatever comes ends in a verdict with a number, or in words, and takes no more room than is allowed.
FUZZ(text) {
    for (const auto piece : {text.size() + 1, 1UZ}) {
        spamc::ResponseReader reader;
        std::optional<spamc::Response> response;
        for (std::size_t at = 0; at < text.size() && !response; at += piece)
            response = reader.add(text.substr(at, piece));
        if (!response) response = reader.finish();
        if (!*response) continue;
        VERIFY(std::isfinite((*response)->score));
        std::size_t size = 0;
        for (const auto& test : (*response)->tests) size += test.size();
        VERIFY(size <= spamc::longest_body);
    }
}
