#include "sasl/mechanism.h"

#include "text/ascii.h"

namespace sasl {

std::optional<Mechanism> parse_mechanism(std::string_view name) {
    for (const auto& known : mechanisms)
        if (text::equal_ignoring_case(known.name, name)) return known.mechanism;
    return std::nullopt;
}

}  // namespace sasl
