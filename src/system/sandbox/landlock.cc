// Landlock: which files can be named at all, and which TCP ports (Linux 5.13, 6.7, 6.12). By raw system calls, because
// the kernel headers of a stable distribution are older than its kernel may be; what the running kernel knows is asked.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file/descriptor.h"
#include "lang/verify.h"
#include "sandbox/fences.h"

namespace sandbox {

namespace {

struct RulesetAttributes {
    std::uint64_t files = 0;
    std::uint64_t network = 0;  // version 4
    std::uint64_t scoped = 0;   // version 6
};
struct [[gnu::packed]] PathRule {
    std::uint64_t allowed;
    std::int32_t parent;
};
struct PortRule {
    std::uint64_t allowed;
    std::uint64_t port;
};

constexpr long create_ruleset = 444, add_rule = 445, restrict_self = 446;
constexpr unsigned long ask_version = 1;
constexpr int path_beneath = 1, net_port = 2;

constexpr std::uint64_t execute = 1, write_file = 2, read_file = 4, read_directory = 8;
constexpr std::uint64_t remove_directory = 16, remove_file = 32, make_directory = 128, make_regular = 256;
constexpr std::uint64_t all_of_version_1 = 0x1fff, refer = 1 << 13, truncate = 1 << 14, ioctl_device = 1 << 15;
constexpr std::uint64_t bind_tcp = 1, connect_tcp = 2;
constexpr std::uint64_t abstract_sockets = 1, signals = 2;

constexpr std::uint64_t reading = read_file | read_directory;
constexpr std::uint64_t writing =
    reading | write_file | remove_directory | remove_file | make_directory | make_regular | refer | truncate;
constexpr std::uint64_t of_plain_files = execute | write_file | read_file | truncate | ioctl_device;

std::uint64_t known_files(long version) {
    return all_of_version_1 | (version >= 2 ? refer : 0) | (version >= 3 ? truncate : 0) |
           (version >= 5 ? ioctl_device : 0);
}

int inherited(const process::Inheritance& given, process::Directory::Purpose purpose) {
    for (const auto& directory : given.directories)
        if (directory.purpose == purpose) return directory.descriptor.get();
    return -1;
}

void allow(int ruleset, const Reach& reach, const process::Inheritance& given, std::uint64_t known) {
    file::Descriptor opened;
    if (!reach.path.empty()) opened = file::Descriptor(::open(reach.path.c_str(), O_PATH | O_CLOEXEC));
    const int parent = opened ? opened.get() : reach.purpose ? inherited(given, *reach.purpose) : reach.directory;
    struct stat status;
    if (parent < 0 || ::fstat(parent, &status) != 0) return;
    std::uint64_t access = known & (reach.access == Reach::Access::Write ? writing : reading);
    if (!S_ISDIR(status.st_mode)) access &= of_plain_files;
    const PathRule rule{access, parent};
    VERIFY(::syscall(add_rule, ruleset, path_beneath, &rule, 0) == 0);
}

/// Moving files between directories is denied by any ruleset that does not allow it, one for the network included.
void allow_renames_everywhere(int ruleset) {
    const file::Descriptor root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    const PathRule rule{refer, root.get()};
    VERIFY(::syscall(add_rule, ruleset, path_beneath, &rule, 0) == 0);
}

}  // namespace

std::uint32_t restrict_files_and_network(const Policy& policy, const process::Inheritance& given) {
    const long version = ::syscall(create_ruleset, nullptr, 0, ask_version);
    const std::uint32_t files = policy.reaches_everything ? 0 : bit(Fence::Files);
    if (version < 1) return files | bit(Fence::Network);

    RulesetAttributes attributes;
    if (!policy.reaches_everything)
        attributes.files = known_files(version);
    else if (version >= 2)
        attributes.files = refer;
    const bool connects_anywhere = policy.connects_tcp && policy.ports.empty();
    if (version >= 4) attributes.network = connects_anywhere ? bind_tcp : bind_tcp | connect_tcp;
    if (version >= 6) attributes.scoped = abstract_sockets | signals;
    if (attributes.files == 0 && attributes.network == 0) return bit(Fence::Network);

    const file::Descriptor ruleset(static_cast<int>(::syscall(create_ruleset, &attributes, sizeof attributes, 0)));
    VERIFY(ruleset);
    if (policy.reaches_everything && attributes.files != 0) allow_renames_everywhere(ruleset.get());
    for (const auto& reach : policy.reach)
        if (!policy.reaches_everything) allow(ruleset.get(), reach, given, attributes.files);
    if (policy.connects_tcp && version >= 4) {
        const PortRule any_free_port{bind_tcp, 0};  // calling out from a certain address of ours
        VERIFY(::syscall(add_rule, ruleset.get(), net_port, &any_free_port, 0) == 0);
        for (const auto port : policy.ports) {
            const PortRule rule{connect_tcp, port};
            VERIFY(::syscall(add_rule, ruleset.get(), net_port, &rule, 0) == 0);
        }
    }
    VERIFY(::syscall(restrict_self, ruleset.get(), 0) == 0);
    return version >= 4 ? 0 : bit(Fence::Network);
}

}  // namespace sandbox
