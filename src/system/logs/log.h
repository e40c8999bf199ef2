#pragma once
// The log: events, written down as they happen. One Log for each process.
//
// An event is a name out of events.h, the queue id of the message it is about, and its own keys. From it come two
// lines: one for people or their analysers, in the format the configuration asks for, and one of JSON in the event
// file, from which `hermod trace` tells the story of a message.
//
//   log.event(logs::Event::Delivered, id, {{"to", address}, {"mailbox", path}, {"attempt", 17}, {"recipient", 0}});
//   log.event(logs::Event::Warning, {{"reason", "no memory for the cache"}});
//
// event() appends to a buffer and never waits; the buffer leaves in one write for each turn of the event loop. Mail is
// more important than its log: when the log's disk is full or its reader sleeps, lines are dropped and counted, and the
// count is reported (log_dropped) once there is room again.
// Hostile: values may stem from outside; they are escaped here (text/escape.h), not by the caller.

#include <cstdint>
#include <functional>
#include <string>

#include "clocks/clock.h"
#include "file/descriptor.h"
#include "logs/entry.h"
#include "logs/output.h"
#include "logs/qmail_format.h"
#include "logs/stamp.h"

namespace logs {

enum class Format : std::uint8_t { Text, Json, Qmail };

struct Options {
    Format format = Format::Text;
    std::string process = "hermod";  // who writes: "smtpd/0"
    bool qmail_stamps = true;        // TAI64N before each line, as `multilog t` puts it; off where multilog reads us
    QmailServer qmail;
};

/// Where lines go. Either may be absent.
struct Outputs {
    file::Descriptor log;     // Options::format
    file::Descriptor events;  // JSON
};

class Log {
public:
    /// `schedule_flush` is called when the first line of a batch was written: it is to call flush() at the end of this
    /// turn of the event loop. Without it every line leaves at once.
    Log(const clocks::Clock& clock, Options options, Outputs outputs,
        std::move_only_function<void()> schedule_flush = nullptr);
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log();

    void event(Event event, Fields fields) { write(event, 0, fields); }
    void event(Event event, std::uint64_t id, Fields fields) { write(event, id, fields); }

    void flush();
    /// After SIGHUP: the files may be new ones, and the format another.
    void replace(Outputs outputs);
    void replace(Options options) { options_ = std::move(options); }

    std::uint64_t dropped() const { return log_.dropped_in_all() + events_.dropped_in_all(); }

private:
    void write(Event event, std::uint64_t id, Fields fields);
    void write_log(const Entry& entry);
    void report_dropped(Output& output);

    const clocks::Clock& clock_;
    Options options_;
    Output log_;
    Output events_;
    StampCache stamp_;
    QmailState qmail_;
    std::move_only_function<void()> schedule_flush_;
    bool is_scheduled_ = false;
};

}  // namespace logs
