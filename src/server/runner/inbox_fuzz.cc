#include "runner/inbox.h"

#include "fuzz.h"
#include "inbox_round_trip.h"

FUZZ(bytes) { inbox_round_trips<runner::FromDeliver, runner::FromAcmed>(bytes); }
