#pragma once
// Whether a message that one of our people hands in is their own, and so is signed in our names, or one that they only
// pass on.
//
// Hostile: an exchanger of ours that may relay, or a program of a recipient, hands in again what a stranger sent him,
// with a name of ours in From; signed, it would pass DMARC everywhere.

#include <string>

#include "dkim/header.h"
#include "policyd/config.h"
#include "policyd/inbox.h"

namespace policyd {

/// Why it is not signed, for the log; empty: it is theirs. Our own Received is on it already.
///   Whoever has logged in: always his, as he can write no other names into From.
///   A mailing list of ours, which has put its own address into From: whoever brought it what it sends on; the author
///   has to be known as with the others.
///   A client that may relay: what no other host brought to it, by its Received fields: all addresses in them are of
///   relay.networks or the host's own; and an author whom the signing table, or a key of his domain, knows.
///   A program on this machine: the same, without any host before us.
std::string why_unsigned(const Config& config, Bringer bringer, const dkim::Header& header);

}  // namespace policyd
