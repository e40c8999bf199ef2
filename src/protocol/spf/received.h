#pragma once
// The field that records a check for those who read the message later. RFC 7208 §9.1; and in the form that the SPF
// patch for qmail gives it, for programs that were written for that.
//
// One line, without a line end: fold it where it is put on a message. Hostile: HELO and sender are strangers' words;
// they are quoted, and nothing of them can end the comment, the value or the field.

#include <cstdint>
#include <string>

#include "spf/check.h"

namespace spf {

enum class ReceivedForm : std::uint8_t { Standard, Qmail };

/// "Received-SPF: pass (mx.example.org: domain of a@example.com designates 192.0.2.1 as permitted sender) client-ip=…"
std::string received_spf(const Request& request, const Report& report, ReceivedForm form = ReceivedForm::Standard);

}  // namespace spf
