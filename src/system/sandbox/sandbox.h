#pragma once
// The fences around a process: what a break-in gets is what its Policy says, and nothing else.
//
// Raised once, by one thread, after everything was inherited and before the first octet of a stranger is read:
//
//   const std::uint32_t missing = sandbox::enter(policy(), given);
//   …
//   control.ready(missing);
//
// With root's help: an empty root directory, a user of the process's own, no capabilities. Without: no_new_privs,
// seccomp, Landlock and limits, which need no privilege; `hermod status` names the others as missing. What the kernel
// is too old for is missing likewise.
//
// A system call that no policy of ours has ever a reason for (ptrace, bpf, mount, io_uring_setup, …) kills the process:
// only an intruder makes it. Any other call that the policy does not list fails with EPERM and is logged by the kernel,
// so that a C library which begins to use a new call degrades instead of losing sessions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "process/process.h"

namespace sandbox {

/// Bits of what enter() returns.
enum class Fence : std::uint32_t {
    OwnUser = 1 << 0,
    EmptyRoot = 1 << 1,
    NoCapabilities = 1 << 2,
    NoNewPrivileges = 1 << 3,
    SystemCalls = 1 << 4,  // seccomp
    Files = 1 << 5,        // Landlock's rules for the filesystem
    Network = 1 << 6,      // Landlock's rules for TCP, Linux 6.7
    Limits = 1 << 7,
};

/// The names of the fences in a set of bits: "own user", "empty root", …
std::vector<std::string> names(std::uint32_t fences);

/// What a process may ask the kernel for, besides reading and writing what is open, memory, time and its event loop.
enum class May : std::uint32_t {
    Accept = 1 << 0,          // take connections from listening sockets it was given
    Connect = 1 << 1,         // make TCP and UDP sockets and connect them; never listen
    ConnectLocal = 1 << 8,    // the same for sockets of this machine
    ConnectStreams = 1 << 9,  // of Connect, TCP alone
    ReadFiles = 1 << 2,       // open for reading, list, stat
    WriteFiles = 1 << 3,      // create, rename, link, unlink, sync; with ReadFiles
    Thread = 1 << 4,          // start threads of its own
    LoadLibraries = 1 << 5,   // map executable code: name service modules
    Fork = 1 << 6,            // children, fenced as it is, that may fence themselves further
    BecomeUser = 1 << 7,      // setuid and its like, but never root; of use only with the capabilities for it
};
constexpr std::uint32_t operator|(May a, May b) {
    return static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b);
}
constexpr std::uint32_t operator|(std::uint32_t a, May b) { return a | static_cast<std::uint32_t>(b); }

/// A place in the filesystem that stays in reach.
struct Reach {
    enum class Access { Read, Write };  // Write: everything but devices and executing
    int directory = -1;                 // an open directory; -1: `path` says where
    std::string path;                   // absolute; passed over where it does not exist
    Access access = Access::Read;
    std::optional<process::Directory::Purpose> purpose{};  // rather: what master opened for this, not yet taken
};

/// Enough for what a process has in hand, and so little that a leak, or a stranger who finds out how to make one, ends
/// the process and not the machine.
constexpr std::uint64_t memory_for_work = std::uint64_t{1} << 30;
/// For a process that knows much, and grows with it: three quarters of what the machine has, but no less than the
/// above.
std::uint64_t memory_for_knowledge();

struct Policy {
    std::uint32_t may = 0;  // of May
    std::vector<Reach> reach;
    bool reaches_everything = false;  // no Landlock rules for files: deliver, whose workers fence themselves
    /// Started by root: the directory it takes for the whole tree. One that it works in is better than an empty one,
    /// out of which the descriptor of a directory elsewhere leads ("..").
    process::Directory::Purpose root = process::Directory::Purpose::Root;
    bool runs_programs = false;              // what it starts inherits the fences: none for calls, files and ports
    bool keeps_root = false;                 // stays in the host's directory tree
    std::uint64_t capabilities = 0;          // 1 << CAP_SETUID …, kept when started by root
    bool connects_tcp = false;               // Landlock's rule; seccomp has its own (May::Connect)
    std::vector<std::uint16_t> ports;        // with connects_tcp: to these alone; empty: to any
    std::uint64_t open_files = 65'536;       // where the system allows as many
    std::uint64_t memory = memory_for_work;  // octets of data; a process that needs more aborts
    std::uint64_t processes = 512;           // threads included, of every server that shares this user
};

/// Raises every fence it can, and returns the bits of those it could not. Aborts when one that should stand does not.
/// `given` still holds the directories that the policy names by purpose; an empty root is closed then, as nobody needs
/// it.
std::uint32_t enter(const Policy& policy, process::Inheritance& given);
/// For a worker, which inherited nothing from master.
std::uint32_t enter(const Policy& policy, process::Inheritance&& nothing);

/// For master, which must stay root: neither it nor what it executes can ever have more than these capabilities.
void keep_only_capabilities(std::uint64_t capabilities);

}  // namespace sandbox
