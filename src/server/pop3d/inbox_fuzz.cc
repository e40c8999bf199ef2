#include "pop3d/inbox.h"

#include "fuzz.h"
#include "inbox_round_trip.h"

FUZZ(bytes) { inbox_round_trips<pop3d::FromReader, pop3d::FromWorker>(bytes); }
