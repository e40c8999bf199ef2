#include "reader/inbox.h"

#include "fuzz.h"
#include "inbox_round_trip.h"

FUZZ(bytes) { inbox_round_trips<reader::FromDirectory, reader::FromPop3d, reader::ToWorker>(bytes); }
