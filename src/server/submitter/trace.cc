#include "submitter/trace.h"

#include <algorithm>

namespace submitter {

namespace {
constexpr std::size_t id_length = 13;  // spool::to_text()
}  // namespace

Trace trace_of(mime::Received received) {
    // The id's place is where two traces with different ids begin to differ.
    received.id = std::string(id_length, 'X');
    const auto other = mime::received_field(received);
    received.id = std::string(id_length, '0');
    auto field = mime::received_field(received);
    const auto at = std::ranges::mismatch(field, other).in1 - field.begin();
    return {std::move(field), static_cast<std::uint32_t>(at)};
}

}  // namespace submitter
