# How every file is compiled: warnings are errors, and the binary is hardened.
add_compile_options(
    -Wall -Wextra -Wshadow -Wpedantic -Wconversion -Wsign-conversion -Werror
    -Wno-gnu-statement-expression-from-macro-expansion -Wno-missing-designated-field-initializers
    -fno-omit-frame-pointer -fPIE -fstack-protector-strong -fcf-protection)
add_link_options(-fuse-ld=lld-19 -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed)

if(HERMOD_SANITIZE)
    # -O1: coroutine frames at -O0 are large enough to upset the stack of a deep test.
    add_compile_options(-O1 -gline-tables-only -fsanitize=address,undefined -fno-sanitize-recover=all)
    add_link_options(-fsanitize=address,undefined)
else()
    add_compile_options(-gline-tables-only -D_FORTIFY_SOURCE=3)
endif()
if(HERMOD_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_link_options(-pie)
