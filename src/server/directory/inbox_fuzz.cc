#include "directory/inbox.h"

#include "fuzz.h"
#include "inbox_round_trip.h"

FUZZ(bytes) {
    inbox_round_trips<directory::FromSmtpd, directory::FromDeliver, directory::FromAuthd, directory::FromAdmind,
                      directory::FromTokend, directory::FromPolicyd>(bytes);
}
