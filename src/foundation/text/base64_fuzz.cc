#include "text/base64.h"

#include "fuzz.h"
#include "text/hex.h"

// One text for each sequence of octets: what is accepted is exactly what we would have written.
FUZZ(input) {
    VERIFY(text::parse_base64(text::to_base64(input)) == input);
    if (auto octets = text::parse_base64(input)) VERIFY(text::to_base64(*octets) == input);
    VERIFY(text::parse_base64url(text::to_base64url(input)) == input);
    if (auto octets = text::parse_base64url(input)) VERIFY(text::to_base64url(*octets) == input);
    VERIFY(text::parse_hex(text::to_hex(input)) == input);
}
