#pragma once
// What passes between master and the processes it started: packets of fixed size over a SOCK_SEQPACKET pair, with
// descriptors beside them. Text (a configuration, the outcome of a reload) travels as a memfd, so that master, which
// only ever receives Notes, has nothing to parse.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "file/descriptor.h"
#include "process/process.h"

namespace process {

constexpr int control_descriptor = 3;
constexpr std::size_t most_in_packet = 2;  // descriptors

/// From master.
struct Order {
    enum class Kind : std::uint8_t {
        Config,             // + memfd
        Log,                // + what `outputs` says
        Listener,           // + socket; `index`
        ListenersComplete,  // the set is what came since the last one
        Peer,               // + socket; `role`, `index`
        Directory,          // + descriptor; `purpose`
        Start,              // `role`, `index`, `siblings`, `roles`, `privileged`, `uid`, `gid`
        Closing,            // the server begins to end; Stop follows
        Stop,               // `milliseconds`
        Process,            // `line`
        Answer,             // + memfd; `ticket`, `done`
        Secret,             // + file; `index`
        SecretsComplete,    // the set is what came since the last one
    };
    static constexpr std::uint8_t has_log = 1;
    static constexpr std::uint8_t has_events = 2;

    Kind kind = Kind::Stop;
    Role role = Role::Master;
    Directory::Purpose purpose = Directory::Purpose::Spool;
    std::uint8_t siblings = 1;
    bool privileged = false;
    bool done = false;
    std::uint8_t outputs = 0;
    std::uint32_t index = 0;
    std::uint32_t milliseconds = 0;  // until it is killed
    std::uint32_t roles = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t ticket = 0;
    ProcessLine line;
};

/// To master.
struct Note {
    enum class Kind : std::uint8_t {
        Ready,
        Reload,
        Stop,
        RecordSeen,     // policyd: the DNS has the record `ticket` of a key of ours
        RecordMissing,  // policyd: it has not
        RecordsLooked,  // policyd: these were all
    };
    Kind kind = Kind::Ready;
    std::uint32_t missing_fences = 0;  // Ready
    std::uint64_t ticket = 0;          // Reload, Stop; the number of a record
};

enum class Got { Packet, Nothing, End };

template <typename P>
struct Packet {
    P value;
    std::vector<file::Descriptor> descriptors;
};

/// 0, or errno; EAGAIN where the other side does not read.
int send_packet(int socket, std::span<const char> octets, std::span<const int> descriptors);
/// A packet of another size than `octets` is the End.
Got receive_packet(int socket, std::span<char> octets, std::vector<file::Descriptor>& descriptors, bool wait);

template <typename P>
int send(int socket, const P& packet, std::span<const int> descriptors = {}) {
    static_assert(std::is_trivially_copyable_v<P>);
    return send_packet(socket, {reinterpret_cast<const char*>(&packet), sizeof packet}, descriptors);
}
template <typename P>
Got receive(int socket, Packet<P>& packet, bool wait) {
    packet.descriptors.clear();
    return receive_packet(socket, {reinterpret_cast<char*>(&packet.value), sizeof packet.value}, packet.descriptors,
                          wait);
}

/// A sealed memory file with this content.
file::Descriptor memory_file(std::string_view text);
std::string content(const file::Descriptor& file);

}  // namespace process
