#include "maildrop/size_table.h"

#include "checksum/crc32c.h"
#include "fuzz.h"

// What is accepted is what would be written; and of whatever an owner puts there with a right checksum, too.
FUZZ(octets) {
    if (const auto table = maildrop::parse_size_table(octets)) VERIFY(table->to_octets() == octets);
    const auto sum = checksum::crc32c(octets);
    std::string whole = "hermodW1";
    whole.append(reinterpret_cast<const char*>(&sum), sizeof sum).append(octets);
    if (const auto table = maildrop::parse_size_table(whole)) VERIFY(table->to_octets() == whole);
}
