#include "admind/inbox.h"

#include "fuzz.h"
#include "inbox_round_trip.h"

FUZZ(bytes) {
    inbox_round_trips<admind::FromQmgr, admind::FromAcmed, admind::FromDirectory, admind::FromClient, admind::ToClient>(
        bytes);
}
