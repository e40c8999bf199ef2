#pragma once
// Events in the words of qmail-send, tcpserver and qmail-smtpd, so that the analysers written for them go on working.
//
//   new msg 4711
//   info msg 4711: bytes 2048 from <ann@example.org> qp 99 uid 0
//   starting delivery 3: msg 4711 to remote bob@example.net
//   status: local 0/10 remote 1/20
//   delivery 3: success: 192.0.2.1_accepted_message./Remote_host_said:_250_2.0.0_ok/
//   end msg 4711
//   tcpserver: pid 17 from 192.0.2.1
//
// A queue id is written as a decimal number, as the inode was. Delivery numbers are made from the numbers of attempts,
// 64 recipients to an attempt; the client's port stands where tcpserver had a process id. What has no words there is
// written as "warning:" or "alert:", or, where nothing is wrong, not at all.

#include <cstdint>
#include <string>
#include <unordered_set>

#include "logs/entry.h"

namespace logs {

/// What the lines say of this server: its name in "tcpserver: ok", and the figures behind the slash of "status: local
/// 1/10 remote 3/20" and "tcpserver: status: 2/40".
struct QmailServer {
    std::string hostname = "0";  // as with `tcpserver -l 0`
    std::uint32_t local = 0;
    std::uint32_t remote = 0;
    std::uint32_t connections = 0;
};

/// What is under way, for the figures before it.
struct QmailState {
    std::unordered_set<std::int64_t> local;  // delivery numbers
    std::unordered_set<std::int64_t> remote;
    std::uint32_t connections = 0;
};

enum class Stamps : std::uint8_t { None, Tai64n };

/// Appends none, one or several whole lines, each with its line end.
void append_qmail(std::string& out, const Entry& entry, QmailState& state, const QmailServer& server, Stamps stamps);

}  // namespace logs
