#pragma once
// FUZZ(input) { ... }: one fuzz target, stating a property with VERIFY.
//
// Linked with libFuzzer it explores (./dev fuzz); linked with replay.cc it runs the kept seeds as an ordinary test, so
// that every crash ever found stays found. Targets stand beside the code they attack.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lang/verify.h"

#define FUZZ(input)                                                                     \
    static void fuzz_one(std::string_view input);                                       \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);  \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
        fuzz_one({reinterpret_cast<const char*>(data), size});                          \
        return 0;                                                                       \
    }                                                                                   \
    static void fuzz_one(std::string_view input)
