#pragma once
// The list of senders in its file: a command writes it, policyd reads it as soon as it has changed.
//
// Written as a whole beside the old one, synced, and put in its place, so that a crash leaves the one or the other, and
// nobody reads half a list. Those who change it at the same time wait for each other.

#include <expected>
#include <functional>
#include <string>

#include "senders/list.h"

namespace senders {

constexpr const char* file_name = "senders";

/// `directory`: an open one. No file: an empty list. The error is in words.
std::expected<List, std::string> read(int directory);

/// Reads the list, has it changed and writes it, unless `change` fails; its error is handed on.
std::expected<void, std::string> change(int directory,
                                        const std::function<std::expected<void, std::string>(List&)>& change);

}  // namespace senders
