#include "policyd/inbox.h"

#include "fuzz.h"
#include "inbox_round_trip.h"

FUZZ(bytes) { inbox_round_trips<policyd::FromSmtpd, policyd::FromDirectory, policyd::FromKeyd>(bytes); }
