#include "signing_keys/publication.h"

#include <fmt/format.h>

#include "crypto/digest.h"
#include "dkim/key_record.h"

namespace signing_keys {

Published published(const Key& key, const dns::Answer& answer) {
    if (!answer.is_usable()) return Published::Unknown;
    if (!answer.has_records()) return Published::Missing;
    if (answer.records.size() != 1) return Published::Another;  // RFC 6376 §3.6.2.2: which of them counts is not said
    const auto* text = std::get_if<dns::Txt>(&answer.records.front().value);
    const auto record = text ? dkim::parse_key_record(text->joined()) : std::unexpected(dkim::KeyProblem::MissingKey);
    if (key.revoked != 0) return record && record->public_key.empty() ? Published::Yes : Published::Another;
    const bool is_ours = record && record->kind == key.kind && record->allows_sha256 && record->is_for_mail &&
                         record->public_key == key.public_octets;
    return is_ours ? Published::Yes : Published::Another;
}

Published published(std::string_view record, const dns::Answer& answer) {
    const auto wanted = dkim::parse_key_record(record);
    if (!wanted) return Published::Another;
    return published(Key{.selector = {},
                         .kind = wanted->kind,
                         .public_octets = wanted->public_key,
                         .revoked = wanted->public_key.empty() ? 1 : 0},
                     answer);
}

std::uint64_t number_of(std::string_view name, std::string_view record) {
    const auto octets = crypto::digest(crypto::Digest::Sha256, fmt::format("{} {}", name, record));
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8 | static_cast<unsigned char>(octets[i]);
    return number;
}

}  // namespace signing_keys
