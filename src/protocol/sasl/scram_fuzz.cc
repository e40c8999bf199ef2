#include "sasl/scram.h"

#include "fuzz.h"

// What is taken can be written down, and is then read as the same; and what stands before and behind the parts that a
// proof covers is found again.
FUZZ(text) {
    if (const auto message = sasl::parse_client_first(text)) {
        VERIFY(sasl::parse_client_first(sasl::to_text(*message)) == message);
        VERIFY(text.ends_with(sasl::bare(text)) && sasl::bare(text).starts_with("n="));
    }
    if (const auto message = sasl::parse_server_first(text))
        VERIFY(sasl::parse_server_first(sasl::to_text(*message)) == message);
    if (const auto message = sasl::parse_client_final(text)) {
        VERIFY(sasl::parse_client_final(sasl::to_text(*message)) == message);
        VERIFY(text.starts_with(sasl::without_proof(text)) && sasl::without_proof(text).size() < text.size());
    }
    if (const auto message = sasl::parse_server_final(text))
        VERIFY(sasl::parse_server_final(sasl::to_text(*message)) == message);
}
