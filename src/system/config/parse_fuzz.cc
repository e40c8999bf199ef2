#include "config/parse.h"

#include "config/schema.h"
#include "config/value.h"
#include "fuzz.h"

namespace {

struct Part {
    std::uint16_t number = 1;
    std::vector<ip::Network> networks;
    bool operator==(const Part&) const = default;
};
auto settings(const Part*) {
    return std::tuple{config::setting("number", &Part::number, "A number.", {1, 10}),
                      config::setting("networks", &Part::networks, "Networks.")};
}

struct Whole {
    std::string name;
    std::chrono::seconds patience{1};
    Part part;
    std::vector<Part> parts;
    std::map<std::string, Part> named;
    bool operator==(const Whole&) const = default;
};
auto settings(const Whole*) {
    return std::tuple{config::setting("name", &Whole::name, "A name."),
                      config::setting("patience", &Whole::patience, "A time."),
                      config::setting("part", &Whole::part, "One."), config::setting("parts", &Whole::parts, "Many."),
                      config::setting("named", &Whole::named, "By name.")};
}

void have_places(const config::Problems& problems) {
    VERIFY(!problems.empty());
    for (const auto& problem : problems) {
        VERIFY(problem.line > 0 && !problem.problem.empty());
        for (const char c : to_text(problem)) VERIFY(c >= ' ' || c < '\0');
    }
}

}  // namespace

// Whatever the text: either it loads, and what we write of it loads the same, or each complaint says where.
FUZZ(text) {
    if (text.size() > 64 * 1024) return;
    const auto document = config::parse_text(text, "x");
    if (!document) return have_places(document.error());
    static const config::Known known = config::schema<Whole>();
    const auto unknown = config::unknown_keys(*document, known);
    for (const auto& key : unknown) VERIFY(key.problem.line > 0);

    config::Problems problems;
    config::Reading reading(*document, problems);
    Whole whole;
    config::read_structure(document->root, whole, reading);
    if (!problems.empty()) return have_places(problems);

    const auto again = config::parse_text(config::to_toml(document->root), "y");
    VERIFY(again.has_value());
    config::Reading reading_again(*again, problems);
    Whole second;
    config::read_structure(again->root, second, reading_again);
    VERIFY(problems.empty());
    VERIFY(second == whole);
}
