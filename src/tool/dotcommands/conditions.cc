// bouncesaying and except: what becomes of a message depends on what a program says of it.
#include <fmt/format.h>

#include "dotcommands/child.h"
#include "dotcommands/run.h"

namespace dotcommands {

int bouncesaying(std::span<char*> arguments) {
    if (arguments.size() < 2) {
        fmt::print(stderr, "usage: bouncesaying ERROR [PROGRAM [ARGUMENT …]]\n");
        return never;
    }
    if (arguments.size() > 2) {
        const int status = run_program(arguments.subspan(2));
        if (status == not_now) return not_now;
        if (status != 0) return 0;
    }
    fmt::print("{}\n", arguments[1]);
    return never;
}

int except(std::span<char*> arguments) {
    if (arguments.size() < 2) {
        fmt::print(stderr, "usage: except PROGRAM [ARGUMENT …]\n");
        return never;
    }
    const int status = run_program(arguments.subspan(1));
    if (status == not_now) return not_now;
    return status == 0 ? never : 0;
}

}  // namespace dotcommands
