#include "deliver/job.h"

#include "fuzz.h"
#include "inbox_round_trip.h"

FUZZ(bytes) { inbox_round_trips<deliver::ToWorker, deliver::FromWorker>(bytes); }
