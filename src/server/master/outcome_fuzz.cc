#include "master/planning.h"

#include "fuzz.h"

// Whatever comes out of the process that reads the configuration: a plan that encodes to the same octets, or words.
FUZZ(octets) {
    const auto outcome = master::decode_outcome(octets);
    if (outcome) VERIFY(master::encode(outcome) == octets);
}
