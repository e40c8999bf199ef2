#pragma once
// The reply that a filter chooses for the client (SMFIR_REPLYCODE): "550 5.7.1 Go away", or several lines with CRLF
// between them, "550-5.7.1 Go\r\n550 5.7.1 away". RFC 5321 §4.2.1.

#include <optional>
#include <string_view>

#include "smtp/reply.h"

namespace milter {

/// Hostile: only 4xx and 5xx, the same code in all lines, and a fitting class in the enhanced code; nothing else can be
/// said to a client. Without an enhanced code it gets x.7.1.
std::optional<smtp::Reply> parse_reply_code(std::string_view text);

}  // namespace milter
