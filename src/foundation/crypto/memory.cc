#include "crypto/memory.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <string.h>

#include <algorithm>
#include <cstdlib>

namespace crypto {
namespace {

void* allocate(std::size_t size, const char*, int) { return size == 0 ? nullptr : std::malloc(size); }

void free_wiped(void* block, const char*, int) {
    if (!block) return;
    ::explicit_bzero(block, ::malloc_usable_size(block));
    std::free(block);
}

void* resize(void* block, std::size_t size, const char* file, int line) {
    const auto room = block ? ::malloc_usable_size(block) : 0;
    if (size != 0 && size <= room && size >= room / 2) return block;
    void* const made = allocate(size, file, line);
    if (!made && size != 0) return nullptr;
    if (made && block) ::memcpy(made, block, std::min(room, size));
    free_wiped(block, file, line);
    return made;
}

}  // namespace

void wipe_what_is_freed() { static_cast<void>(::CRYPTO_set_mem_functions(allocate, resize, free_wiped)); }

}  // namespace crypto
