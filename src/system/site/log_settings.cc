#include "site/log_settings.h"

namespace site {

std::string events_file(const Host& host, const LogSettings& log) {
    return log.events.empty() ? below(host, "log/events.jsonl") : log.events;
}

logs::Options log_options(const LogSettings& log, std::string process, logs::QmailServer server) {
    return {.format = log.format,
            .process = std::move(process),
            .qmail_stamps = !log.file.empty(),
            .qmail = std::move(server)};
}

}  // namespace site
