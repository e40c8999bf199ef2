#pragma once
// [log]: which lines are written, and where to.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "config/setting.h"
#include "logs/log.h"
#include "site/checks.h"
#include "site/host.h"

namespace logs {

constexpr auto choices(Format) {
    return std::array<config::Choice<Format>, 3>{
        {{"text", Format::Text}, {"json", Format::Json}, {"qmail", Format::Qmail}}};
}

}  // namespace logs

namespace site {

struct LogSettings {
    logs::Format format = logs::Format::Text;
    std::string file;
    std::string events;
    bool keep_events = true;
    std::uint64_t rotate_at = 256 * 1024 * 1024;
    std::uint32_t rotations = 5;
};

inline auto settings(const LogSettings*) {
    using config::octets, config::setting;
    return std::tuple{
        setting("format", &LogSettings::format,
                "For people (\"text\"), programs (\"json\"), or analysers written for qmail-send, tcpserver and "
                "multilog (\"qmail\")."),
        setting("file", &LogSettings::file, "Where to. Empty: standard error, which a service manager keeps.",
                absolute_path_or_empty_flaw),
        setting("keep_events", &LogSettings::keep_events,
                "Whether every event is also kept as a line of JSON, which `hermod trace` needs."),
        setting("events", &LogSettings::events, "Where these are kept. Empty: log/events.jsonl below data_directory.",
                absolute_path_or_empty_flaw),
        octets("rotate_at", &LogSettings::rotate_at,
               "At start and at SIGHUP, a file of ours that has grown beyond this is renamed to FILE.1, FILE.1 to "
               "FILE.2, and so on. 0: never; something else does it, and sends SIGHUP.",
               {0, std::uint64_t{1} << 40}),
        setting("rotations", &LogSettings::rotations, "How many of the renamed files are kept.", {1, 1000}),
    };
}

std::string events_file(const Host& host, const LogSettings& log);

/// How a process writes its log. `process`: "smtpd/0".
logs::Options log_options(const LogSettings& log, std::string process, logs::QmailServer server = {});

inline constexpr std::string_view log_meaning = "Which lines are written, and where to.";

}  // namespace site
