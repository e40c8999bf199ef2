#pragma once
// Finding the story of a message in the event file and its older parts (FILE.2, FILE.1, FILE): what happened to it, and
// to the notifications it gave rise to.
//
// Reads line by line, several times where need be; what is kept in memory are the ids found.

#include <functional>
#include <string>
#include <string_view>

#include "logs/record.h"

namespace logs {

/// What is asked for; empty: not this way. `from` and `to` are addresses, compared without regard to case; "<>" is the
/// null reverse-path.
struct Search {
    std::string id;  // 13 characters, upper case
    std::string message_id;
    std::string from;
    std::string to;
};

constexpr std::size_t most_ids = 100'000;

/// Calls `visit` for each event of the stories, in the order they were written, with the line it stands in. False: the
/// event file cannot be opened.
bool find_stories(const std::string& file, const Search& search,
                  const std::function<void(const Record& record, std::string_view line)>& visit);

}  // namespace logs
