#include "tokend/inbox.h"

#include "fuzz.h"
#include "inbox_round_trip.h"

FUZZ(bytes) { inbox_round_trip<tokend::FromDirectory>(bytes); }
