#pragma once
// VERIFY(condition): a promise the program makes to itself.
//
// Broken means a bug here, never bad input, so the process stops at once, master starts a clean one, and the message is
// still in the spool.
#include <cstdio>
#include <cstdlib>

#define VERIFY(...) \
    ((__VA_ARGS__)  \
         ? void()   \
         : (std::fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #__VA_ARGS__), std::abort()))
