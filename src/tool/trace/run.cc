#include "trace/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "admind/config.h"
#include "check/arguments.h"
#include "config/load.h"
#include "logs/query.h"
#include "mime/hops.h"
#include "queue/forms.h"
#include "text/ascii.h"
#include "text/crockford.h"

namespace trace {
namespace {

struct Question {
    check::ConfigurationPath configuration;
    logs::Search search;
    bool json = false;
};

/// As the event file writes it; empty where it is no queue id.
std::string canonical_id(const std::string& typed) {
    const auto id = text::parse_crockford(typed);
    if (!id) return {};
    const auto digits = text::to_crockford(*id);
    return {digits.data(), digits.size()};
}

// "2026-01-02T03:04:05.678Z" as people write it.
std::string time_text(std::string_view time) {
    std::string text = logs::printable(time);
    std::ranges::replace(text, 'T', ' ');
    if (text.ends_with('Z')) text.pop_back();
    return text;
}

void print_line(const logs::Record& record) {
    fmt::print("{}  {:13}  {}\n", time_text(record.find("time")), logs::printable(record.find("id")),
               logs::sentence(record));
    // The way of a message that goes round. Hostile: other servers wrote it.
    if (const auto hops = record.find("hops"); !hops.empty())
        fmt::print("{}", mime::drawing_of(logs::printable(hops), "          "));
}

void print_json(std::string_view line) {
    // Hostile: an escape sequence of the terminal may stand in the file as it is.
    if (std::ranges::any_of(line, text::is_control)) return;
    fmt::print("{}\n", line);
}

int tell(const Question& question, const std::string& events) {
    std::size_t count = 0;
    const bool opened =
        logs::find_stories(events, question.search, [&](const logs::Record& record, std::string_view line) {
            ++count;
            if (question.json)
                print_json(line);
            else
                print_line(record);
        });
    if (!opened)
        fmt::print(stderr, "hermod trace: {} cannot be read\n", events);
    else if (count == 0)
        fmt::print(stderr, "hermod trace: nothing is known of that\n");
    return count > 0 ? 0 : 1;
}

}  // namespace

int run(std::span<char*> arguments) {
    CLI::App app("The story of one message: every decision with its reason.", "hermod trace");
    Question question;
    std::string typed_id;
    question.configuration.add_to(app);
    app.add_option("ID", typed_id, "The queue id, as the reply to DATA and each log line give it");
    app.add_option("--message-id", question.search.message_id, "The Message-ID field");
    app.add_option("--from", question.search.from, "The reverse-path; \"<>\" for notifications");
    app.add_option("--to", question.search.to, "A recipient");
    app.add_flag("--json", question.json, "Print the events as they were recorded");
    if (const auto status = check::parse(app, arguments)) return *status;

    question.search.id = canonical_id(typed_id);
    if (!typed_id.empty() && question.search.id.empty()) {
        fmt::print(stderr, "hermod trace: {}\n", queue::not_an_id(typed_id));
        return 2;
    }
    const auto& [id, message_id, from, to] = question.search;
    if (id.empty() && message_id.empty() && from.empty() && to.empty()) {
        fmt::print(stderr, "hermod trace: say which message: ID, --message-id, --from or --to\n");
        return 2;
    }
    const auto document = config::parse_file(question.configuration.path);
    const auto settings_read = document
                                   ? config::read<admind::Config>(*document)
                                   : std::expected<admind::Config, config::Problems>(std::unexpected(document.error()));
    if (!settings_read) {
        fmt::print(stderr, "{}\n", to_text(settings_read.error().front()));
        return 2;
    }
    return tell(question, site::events_file(*settings_read, settings_read->log));
}

}  // namespace trace
