#pragma once
// Whether the DNS has what is to be published for a key of ours.

#include <cstdint>
#include <string_view>

#include "dns/answer.h"
#include "signing_keys/key.h"

namespace signing_keys {

/// What one lookup told of a key's record. Of one that is revoked: whether it says so.
enum class Published : std::uint8_t { Yes, Missing, Another, Unknown };  // Unknown: the DNS did not answer
Published published(const Key& key, const dns::Answer& answer);

/// The same for the record itself, as to_record() has it. A text that is no record: Another.
Published published(std::string_view record, const dns::Answer& answer);

/// What a record is called between processes that tell each other, in packets of fixed size, whether it is there.
std::uint64_t number_of(std::string_view name, std::string_view record);

}  // namespace signing_keys
