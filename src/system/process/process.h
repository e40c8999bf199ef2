#pragma once
// What a process is born with, and its line to master.
//
// master forks and re-executes the binary as `hermod --role smtpd --index 0`, with descriptor 3 as the control channel
// (SOCK_SEQPACKET). Over it come the configuration (a memfd), the log, listening sockets, peers and directories: all
// this process will ever be able to reach. Later messages bring a replacement for a peer that died, a new
// configuration, or the order to stop. Every message to master has a fixed size; master parses nothing else.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "file/descriptor.h"
#include "process/role.h"

namespace boost::asio {
class io_context;
}

namespace process {

struct Peer {
    Role role = Role::Master;
    std::uint8_t index = 0;
    file::Descriptor socket;
};

/// A bound, listening socket: number `index` of the configuration's [[listen]] tables.
struct Listener {
    std::uint32_t index = 0;
    file::Descriptor socket;
};

/// What master opened for one role besides sockets.
struct Directory {
    /// Root: an empty directory to be confined to.
    enum class Purpose : std::uint8_t { Spool, Drop, State, Mail, Root };
    Purpose purpose = Purpose::Spool;
    file::Descriptor descriptor;
};

/// An open file with a secret in it, such as a private key: number `index` of those that the configuration names. Read
/// it before the fences go up, or at once when it comes; nobody else is given it.
struct Secret {
    static constexpr std::uint32_t issuers = 0xffff'ffff;  // relay: instead of a secret, the certificates it trusts
    static constexpr std::uint32_t signing =
        0x8000'0000;  // keyd: from here on, keys that sign mail; before, those of TLS
    std::uint32_t index = 0;
    file::Descriptor file;
};

struct Inheritance {
    Role role = Role::Master;
    std::uint8_t index = 0;
    std::uint8_t siblings = 1;  // how many processes have this role
    std::uint32_t roles = 0;    // a bit for each that this server runs, until its next start
    bool privileged = false;    // started by root: the fences that need it are to be raised
    std::uint32_t uid = 0;      // then: the user and the group that this process becomes (sandbox::enter)
    std::uint32_t gid = 0;
    std::string config;       // the whole configuration, includes merged, as TOML
    file::Descriptor log;     // lines for people; append-only
    file::Descriptor events;  // the same as JSON, for `hermod trace`; append-only
    std::vector<Listener> listeners;
    std::vector<Peer> peers;
    std::vector<Directory> directories;
    std::vector<Secret> secrets;
    file::Descriptor control;

    /// Whether there are processes of that role, even if none lives at the moment.
    bool has(Role other) const { return (roles >> std::to_underlying(other) & 1) != 0; }
    file::Descriptor take_directory(Directory::Purpose purpose);
    std::vector<Peer> take_peers(Role role);
};

/// Reads everything up to master's Start; blocks. Exits where there is no master. From here on only master ends this
/// process: the signals a terminal or an administrator sends are for master alone.
Inheritance inherit();
Inheritance inherit(file::Descriptor control);

/// The line to master after the start. When master is gone it is as if it had said stop, and the process ends a few
/// seconds later at the latest.
class Control {
public:
    struct Handlers {
        std::function<void(Peer)> on_peer;                        // a neighbour was started anew
        std::function<void(std::string config)> on_reload;        // checked already
        std::function<void(std::vector<Listener>)> on_listeners;  // smtpd: the new full set, after on_reload
        std::function<void(file::Descriptor log, file::Descriptor events)> on_log;  // write here from now on
        std::function<void(std::vector<Secret>)>
            on_secrets;  // keyd, relay, tokend, directory: the new full set, before on_reload
        /// Finish what is in flight, and exit; what lasts longer than this is killed.
        std::function<void(std::chrono::milliseconds time)> on_stop;
        std::function<void(const struct ProcessLine&)> on_process;  // admind: the state of some process
        std::function<void(std::uint64_t ticket, bool done, std::string text)> on_answer;  // admind: of request_*()
        /// qmgr, directory, admind: the server begins to end. Start nothing new; neighbours will leave, then comes
        /// stop.
        std::function<void()> on_closing = nullptr;
        /// For an end in order when master has died, and everybody ends at once: `time` of on_stop.
        std::chrono::milliseconds time_without_master{2000};
    };
    Control(boost::asio::io_context& context, file::Descriptor channel, Handlers handlers);
    ~Control();

    void ready(std::uint32_t missing_fences);   // accepting work; bits of sandbox::Fence
    void request_reload(std::uint64_t ticket);  // admind only
    void request_stop(std::uint64_t ticket);    // admind only
    /// policyd only: whether the DNS has a record (signing_keys::number_of()); and that all have been looked for.
    void tell_of_record(std::uint64_t number, bool is_there);
    void tell_of_records_looked();

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the wait for master's next word
};

/// To admind: one process as master sees it.
struct ProcessLine {
    Role role = Role::Master;
    std::uint8_t index = 0;
    std::int64_t pid = 0;
    std::int64_t started = 0;  // milliseconds since 1970
    std::uint32_t restarts = 0;
    std::uint32_t missing_fences = 0;
};

}  // namespace process
