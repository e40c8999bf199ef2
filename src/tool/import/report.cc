#include "import/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "text/escape.h"

namespace import {
namespace {

constexpr std::size_t most_remarks = 5000;

}  // namespace

std::string to_text(const Origin& origin) {
    const auto file = text::escaped(origin.file, 1024);
    return origin.line == 0 ? file : fmt::format("{}:{}", file, origin.line);
}

std::string to_text(const Remark& remark) {
    return fmt::format("{}: {}{}{}", to_text(remark.origin), text::escaped(remark.what, 1024),
                       remark.remedy.empty() ? "" : "; ", text::escaped(remark.remedy, 1024));
}

void Report::take(Remark remark) {
    if (remarks_.size() >= most_remarks)
        ++left_out_;
    else if (known_.insert(remark).second)
        remarks_.push_back(std::move(remark));
}

void Report::add(Origin origin, std::string what, std::string remedy) {
    take({.origin = std::move(origin), .what = std::move(what), .remedy = std::move(remedy)});
}

void Report::add_foreseen(Origin origin, std::string what, std::string remedy) {
    take({.origin = std::move(origin), .what = std::move(what), .remedy = std::move(remedy), .is_foreseen = true});
}

std::string to_text(const Report& report) {
    auto remarks = report.remarks();
    std::ranges::sort(remarks);
    std::string text;
    for (const auto& remark : remarks) text += to_text(remark) + "\n";
    if (report.left_out() > 0) text += fmt::format("and {} more of the kind\n", report.left_out());
    return text;
}

}  // namespace import
