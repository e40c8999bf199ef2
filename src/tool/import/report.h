#pragma once
// What another server's configuration says and ours cannot (yet): each with its place, and what to do about it.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace import {

/// Where something is written in the other server's files.
struct Origin {
    std::string file;
    std::uint32_t line = 0;  // 0: the file as a whole
    auto operator<=>(const Origin&) const = default;
};
std::string to_text(const Origin& origin);  // "/var/qmail/control/locals:2", control characters escaped

struct Remark {
    Origin origin;
    std::string what;
    std::string remedy;        // may be empty
    bool is_foreseen = false;  // we shall have it one day: it also stands in the configuration, as a comment
    auto operator<=>(const Remark&) const = default;
};
std::string to_text(const Remark& remark);

/// Hostile: a file may have millions of lines that nobody understands; the first of them tell enough.
class Report {
public:
    void add(Origin origin, std::string what, std::string remedy = {});
    void add_foreseen(Origin origin, std::string what, std::string remedy = {});
    const std::vector<Remark>& remarks() const { return remarks_; }
    std::size_t left_out() const { return left_out_; }

private:
    void take(Remark remark);

    std::vector<Remark> remarks_;
    std::set<Remark> known_;  // the same file may be looked at for several domains
    std::size_t left_out_ = 0;
};
/// A line for each, sorted by file and line.
std::string to_text(const Report& report);

}  // namespace import
