#include "config/problem.h"

#include <fmt/format.h>

#include "text/escape.h"

namespace config {

std::string to_text(const Problem& problem) {
    std::string place = problem.file;
    if (problem.line) place += fmt::format(":{}:{}", problem.line, problem.column);
    std::string text = place.empty() ? "" : text::escaped(place) + ": ";
    if (!problem.key.empty()) text += text::escaped(problem.key) + ": ";
    text += text::escaped(problem.problem);
    if (!problem.remedy.empty()) text += "; " + text::escaped(problem.remedy);
    return text;
}

}  // namespace config
