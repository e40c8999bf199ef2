#pragma once
// How long and how many, in one place. RFC 5321 §4.5.3.1 gives least maxima ("MUST be able to receive"), which are our
// maxima where a larger value helps nobody; where the world needs more, the line says so.

#include <cstddef>
#include <cstdint>

namespace smtp {

constexpr std::size_t portable_local_part = 64;  // RFC 5321 §4.5.3.1.1: everybody takes as much, so we make none longer
/// In the wild: rewritten senders (SRS, VERP, BATV) have another address in theirs. In truth the path is the limit.
constexpr std::size_t longest_local_part = 256;
constexpr std::size_t longest_domain = 255;      // §4.5.3.1.2
constexpr std::size_t longest_path = 256;        // §4.5.3.1.3, with its angle brackets
constexpr std::size_t longest_reply_line = 512;  // §4.5.3.1.5, with CRLF

/// §4.5.3.1.4 says 512 and that each extension adds to it: SIZE 26 (RFC 1870 §3), BODY 17 (RFC 6152 §2), SMTPUTF8 10
/// (RFC 6531 §3.1), DSN 500 for RCPT (RFC 3461 §5). Without CRLF.
constexpr std::size_t longest_command_line = 2048;
/// An overlong command line is skipped up to here; beyond it the client is not talking SMTP.
constexpr std::size_t longest_skipped_line = 64 * 1024;

/// §4.5.3.1.6: 1000 octets with CRLF and without the transparency dot. What we write outward by DATA.
constexpr std::size_t longest_text_line = 998;
/// In the wild: lines far over 998 octets are common (HTML from scripts), and taking them loses no mail.
constexpr std::size_t longest_taken_line = 64 * 1024;

constexpr std::size_t most_recipients = 1000;                     // §4.5.3.1.8: at least 100
constexpr std::size_t most_header_fields = 10'000;                // no section; RFC 5322 sets no limit
constexpr std::size_t largest_header = 1024 * 1024;               // no section
constexpr std::uint64_t default_message_size = 50 * 1024 * 1024;  // §4.5.3.1.7: at least 64 KiB

constexpr std::size_t most_junk_commands = 100;  // NOOP, RSET, VRFY, EHLO, HELP between two messages
constexpr std::size_t most_errors = 20;          // refused commands between two messages
constexpr std::size_t errors_before_delay = 9;   // each further error is answered late

constexpr std::size_t longest_reply = 64 * 1024;  // of a server, all its lines together
constexpr std::size_t longest_envelope_id = 100;  // RFC 3461 §4.4, as it was before encoding
constexpr std::size_t longest_encoded_envelope_id = 3 * longest_envelope_id;
constexpr std::size_t longest_original_recipient = 500;  // RFC 3461 §4.2

}  // namespace smtp
