#include "acmed/inbox.h"

#include "fuzz.h"
#include "inbox_round_trip.h"

FUZZ(bytes) { inbox_round_trips<acmed::FromAdmind, acmed::FromRunner>(bytes); }
