#include "smtpd/inbox.h"

#include "fuzz.h"
#include "inbox_round_trip.h"

FUZZ(bytes) { inbox_round_trips<smtpd::FromQmgr, smtpd::FromDirectory, smtpd::FromPolicyd>(bytes); }
