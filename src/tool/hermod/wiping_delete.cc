// What this program frees it overwrites: passwords, messages, keys of sessions. A copy that somebody forgot, a buffer
// that grew, a string in an object that is gone: none of it is there for a later mistake to show, in any of our
// processes. OpenSSL has memory of its own: crypto/memory.h.
//
// Not where sanitizers stand in this place: they keep what is freed, and want to see who frees it.

#include <cstdlib>
#include <new>

#include <malloc.h>
#include <string.h>

namespace {

void free_wiped(void* block) noexcept {
    if (!block) return;
    ::explicit_bzero(block, ::malloc_usable_size(block));
    std::free(block);
}

/// malloc's, as operator delete above gives it back; for alignments that malloc does not have by itself.
void* allocate(std::size_t size, std::size_t alignment) {
    for (;;) {
        void* const block = alignment == 0 ? std::malloc(size == 0 ? 1 : size)
                                           : std::aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
        if (block) return block;
        const auto handler = std::get_new_handler();
        if (!handler) throw std::bad_alloc();
        handler();
    }
}

}  // namespace

// The other forms call these ([new.delete.single], [new.delete.array]).
void* operator new(std::size_t size) { return allocate(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept { free_wiped(block); }
void operator delete(void* block, std::size_t) noexcept { free_wiped(block); }
void operator delete(void* block, std::align_val_t) noexcept { free_wiped(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { free_wiped(block); }
