#pragma once
// Kinds of hashes, by what stands in front of them.

#include <optional>
#include <string_view>

#include "passwords/hash.h"

namespace passwords {

struct Scheme {
    Verdict (*check)(std::string_view rest, std::string_view password) = nullptr;
    std::string_view rest;  // of the hash, as `check` reads it
};

/// None: it is not known here.
std::optional<Scheme> scheme_of(std::string_view hash);

}  // namespace passwords
