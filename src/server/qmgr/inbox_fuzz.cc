#include "qmgr/inbox.h"

#include "fuzz.h"
#include "inbox_round_trip.h"

FUZZ(bytes) { inbox_round_trips<qmgr::FromSmtpd, qmgr::FromRelay, qmgr::FromDeliver, qmgr::FromAdmind>(bytes); }
