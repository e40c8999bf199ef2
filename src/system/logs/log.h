#pragma once
// The log: events, written down as they happen. One Log for each process.
//
// An event is a name out of events.h, the queue id of the message it is about, and its own keys. From it come two lines:
// one for people or their analysers, in the format the configuration asks for, and one of JSON in the event file, from
// which `hermod trace` tells the story of a message.
//
//   log.event(logs::Event::Delivered, id, {{"to", address}, {"mailbox", path}, {"attempt", 17}, {"recipient", 0}});
//   log.event(logs::Event::Warning, {{"reason", "no memory for the cache"}});
//
// event() appends to a buffer and never waits; the buffer leaves in one write for each turn of the event loop. Mail is
// more important than its log: when the log's disk is full or its reader sleeps, lines are dropped and counted, and the
// count is reported (log_dropped) once there is room again.
// Hostile: values may stem from outside; they are escaped here (text/escape.h), not by the caller.

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "clocks/clock.h"
#include "file/descriptor.h"
#include "logs/events.h"
#include "logs/output.h"
#include "logs/qmail_state.h"

namespace logs {

enum class Format : std::uint8_t { Text, Json, Qmail };

/// One key of an event with its value: text, a number or a truth. Lives as long as the statement it stands in.
struct Field {
    enum class Kind : std::uint8_t { Text, Number, Truth };

    Field(std::string_view key_, std::string_view text_) : key(key_), text(text_), kind(Kind::Text) {}
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    Field(std::string_view key_, T number_)
        : key(key_), number(static_cast<std::int64_t>(number_)), kind(Kind::Number) {}
    template <std::same_as<bool> T>
    Field(std::string_view key_, T truth_) : key(key_), number(truth_), kind(Kind::Truth) {}

    std::string_view key;
    std::string_view text;
    std::int64_t number = 0;
    Kind kind;
};
using Fields = std::initializer_list<Field>;

/// What a formatter is given of one event.
struct Entry {
    Event event;
    std::uint64_t id = 0;  // 0: not about a message
    const Field* begin;
    const Field* end;
    clocks::Wall time;

    const Field* find(std::string_view key) const;
    std::string_view text(std::string_view key) const;  // empty where it is missing or not text
    std::int64_t number(std::string_view key) const;    // 0 likewise
};

struct Options {
    Format format = Format::Text;
    std::string process = "hermod";  // who writes: "smtpd/0"
    bool qmail_stamps = true;        // TAI64N before each line, as `multilog t` puts it; off where multilog reads us
    QmailLimits qmail;
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
    QmailState qmail_;
    std::move_only_function<void()> schedule_flush_;
    bool is_scheduled_ = false;
};

}  // namespace logs
