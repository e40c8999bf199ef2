#pragma once
// How long and how many.

#include <cstddef>

namespace pop3 {

constexpr std::size_t longest_command_line = 255;  // RFC 2449 §4, with CRLF
/// RFC 5034 §4: what a mechanism needs, whatever the line length is otherwise; RFC 4954 §4 gives the figure.
constexpr std::size_t longest_sasl_line = 12'288;
/// An overlong line is skipped up to here; beyond it the client is not talking POP3.
constexpr std::size_t longest_skipped_line = 64 * 1024;
constexpr std::size_t longest_reply_line = 512;  // RFC 2449 §4, with CRLF

constexpr std::size_t most_errors = 20;        // commands that are none, or not now, in one session
constexpr std::size_t most_failed_logins = 3;  // in one session
constexpr std::size_t longest_unique_id = 70;  // RFC 1939 §7

}  // namespace pop3
