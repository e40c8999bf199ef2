#pragma once
// A queued message as text: for people, as JSON, and as mailq has printed it since sendmail. Pure.
//
// Hostile: senders, recipients and remote replies are printed to an administrator's terminal; control characters in
// them are escaped.

#include <cstdint>
#include <string>
#include <string_view>

#include "admind/inbox.h"

namespace queue {

/// `hermod queue list`: a line for the message, one for each recipient that still waits.
std::string list_form(const admind::QueuedMessage& message, std::int64_t now);
/// `hermod queue show`: everything.
std::string show_form(const admind::QueuedMessage& message, std::int64_t now);

/// One object, no line end. Keys: id, from, arrived, size, origin, recipients: [{to, state, attempts, due, destination,
/// diagnostic}]; times in milliseconds since 1970; state: "waiting", "later" (RFC 4865), "trying",
/// "bouncing", "held" or "done"; of mail that is released later, `arrived` is that time.
std::string json_form(const admind::QueuedMessage& message);

/// Postfix's form, which monitoring programs parse. Times are local.
constexpr std::string_view mailq_title = "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n";
std::string mailq_form(const admind::QueuedMessage& message);
std::string mailq_total(std::uint64_t octets, std::uint64_t messages);

/// Of the messages an order concerned, so many were being tried: what that means for it.
std::string under_way_text(qmgr::Action action, std::uint64_t under_way);

/// What is said of a word that should have been a queue id.
std::string not_an_id(std::string_view typed);

/// "3d 4h", "12m 3s", "now".
std::string duration_text(std::int64_t milliseconds);

}  // namespace queue
