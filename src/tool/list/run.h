#pragma once
// hermod list: mailing lists, made and looked after by command. hermod-list.1.md.

#include <span>

namespace list {

/// 0 done; 1 no such thing, or not allowed; 2 misused; 75 try again later. `list deliver`: qmail-command(8)'s.
int run(std::span<char*> arguments);

}  // namespace list
