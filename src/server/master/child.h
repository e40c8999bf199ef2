#pragma once
// One process as master sees it: started by fork and exec of our own binary, ordered about by packets, heard by Notes
// of fixed size. Whatever else comes over its line means that it is broken, and it is killed.

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "file/descriptor.h"
#include "process/wire.h"

namespace master {

/// An order with the descriptors that go along.
struct Parcel {
    process::Order order;
    std::vector<file::Descriptor> descriptors;
};

/// master's end of the line. Never blocks: what the process does not read yet waits here.
class Line {
public:
    struct Handlers {
        std::function<void(const process::Note&)> on_note;
        std::function<void()> on_end;       // it closed its end: it is leaving, or gone
        std::function<void()> on_nonsense;  // after this nothing more is read
    };
    Line(boost::asio::io_context& context, file::Descriptor socket, Handlers handlers);
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line();

    void send(process::Order order, std::vector<file::Descriptor> descriptors = {});

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the waits under way
};

struct Spawned {
    pid_t pid = -1;  // -1: errno says why
    file::Descriptor line;
};

/// `hermod --role NAME --index N`, with the other end of `line` as descriptor 3 and nothing else of ours.
Spawned spawn(process::Role role, std::uint8_t index);

}  // namespace master
