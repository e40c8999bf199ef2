#include "deliver/inbox.h"

#include "fuzz.h"
#include "inbox_round_trip.h"

FUZZ(bytes) { inbox_round_trips<deliver::FromQmgr, deliver::FromDirectory, deliver::FromRunner>(bytes); }
