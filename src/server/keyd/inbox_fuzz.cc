#include "keyd/inbox.h"

#include "fuzz.h"
#include "inbox_round_trip.h"
#include "keyd/handshake.h"

// Besides: what is taken for a handshake is no longer than one, whatever stands in it.
FUZZ(bytes) {
    inbox_round_trip<keyd::FromServer>(bytes);
    inbox_round_trip<keyd::FromPolicyd>(bytes);
    if (keyd::is_server_handshake(bytes)) VERIFY(bytes.size() <= 201 && bytes.size() >= 100);
}
