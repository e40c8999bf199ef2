#include "queue/run.h"

#include <fmt/format.h>
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <optional>

#include "check/arguments.h"
#include "lang/try.h"
#include "mime/header.h"
#include "mime/hops.h"
#include "queue/forms.h"
#include "queue/server.h"
#include "smtp/limits.h"
#include "spool/spool.h"
#include "text/counted.h"

namespace queue {
namespace {

constexpr int yes = 0;
constexpr int nothing_matched = 1;
constexpr int misused = 2;
constexpr int temporary = EX_TEMPFAIL;

/// Which messages are meant, as the command line says it.
struct Selection {
    std::vector<std::string> ids;
    qmgr::Filter filter;

    void add_to(CLI::App& app, bool with_all) {
        app.add_option("ID", ids, "Queue ids");
        app.add_option("--from", filter.from, "Messages from this sender; \"<>\" is the null sender")
            ->type_name("ADDRESS");
        app.add_option("--to", filter.to, "Messages that wait for this recipient")->type_name("ADDRESS");
        app.add_option("--domain", filter.domain, "Messages that wait for a recipient in this domain")
            ->type_name("DOMAIN");
        if (with_all) app.add_flag("--all", filter.all, "Every message");
    }
    bool is_narrow() const {
        return !ids.empty() || !filter.from.empty() || !filter.to.empty() || !filter.domain.empty();
    }
    bool is_empty() const { return !is_narrow() && !filter.all; }

    /// One filter for each id, or one for all.
    std::expected<std::vector<qmgr::Filter>, std::string> filters() const {
        if (ids.empty()) return std::vector{filter};
        std::vector<qmgr::Filter> all;
        for (const auto& text : ids) {
            const auto id = spool::parse_message_id(text);
            if (!id) return std::unexpected(not_an_id(text));
            all.push_back(filter);
            all.back().id = *id;
        }
        return all;
    }
};

struct Request {
    control::ControlSocket socket;
    Selection selection;
    bool json = false;
    bool body = false;
};

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

int complain(std::string_view text, int status) {
    std::fflush(stdout);
    fmt::print(stderr, "hermod queue: {}\n", text);
    return status;
}
int complain(const control::Trouble& trouble) { return complain(trouble.text, trouble.status); }

/// What every command of this family begins with.
int with_server(const Request& request, const std::function<int(Server&, const std::vector<qmgr::Filter>&)>& work) {
    const auto filters = request.selection.filters();
    if (!filters) return complain(filters.error(), misused);
    const auto socket = request.socket.find();
    if (!socket) return complain(socket.error());
    auto server = Server::connect(*socket);
    if (!server) return complain(server.error());
    return work(*server, *filters);
}

/// False: nobody reads any more (`hermod queue list | head`).
bool print(const std::string& text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && !std::ferror(stdout);
}

int list(const Request& request) {
    return with_server(request, [&](Server& server, std::vector<qmgr::Filter> filters) {
        std::uint64_t count = 0;
        for (auto& filter : filters) {
            filter.all = !request.selection.is_narrow();
            const auto done = server.for_each(filter, [&](const auto& message) {
                ++count;
                return print(request.json ? json_form(message) + '\n' : list_form(message, now()));
            });
            if (!done) return complain(done.error());
        }
        if (count > 0) return yes;
        if (request.selection.is_narrow()) return complain("no such message is in the queue", nothing_matched);
        if (!request.json) print("The queue is empty\n");
        return yes;
    });
}

int print_body(Server& server, std::uint64_t id) {
    const auto content = server.fetch(id);
    if (!content) return complain(content.error());
    if (!content->found) return complain("the message is gone", nothing_matched);
    if (!content->blob) return print(content->octets) ? yes : temporary;
    std::string piece(64 * 1024, '\0');
    for (off_t at = 0;;) {
        const auto got = ::pread(content->blob.get(), piece.data(), piece.size(), at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0 ? yes : complain("the message cannot be read", temporary);
        if (!print(piece.substr(0, static_cast<std::size_t>(got)))) return temporary;
        at += got;
    }
}

/// The beginning of a message, as far as its header goes.
std::string header_of(const admind::Content& content) {
    if (!content.blob) return content.octets.substr(0, mime::divide(content.octets).header);
    std::string start(smtp::largest_header, '\0');
    std::size_t length = 0;
    while (length < start.size()) {
        const auto got =
            ::pread(content.blob.get(), start.data() + length, start.size() - length, static_cast<off_t>(length));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        length += static_cast<std::size_t>(got);
    }
    start.resize(length);
    return start.substr(0, mime::divide(start).header);
}

/// The evidence for whoever is to decide about a message that is held: the way it has come.
bool print_way(Server& server, std::uint64_t id) {
    const auto content = server.fetch(id);
    if (!content || !content->found) return true;
    const auto drawing = mime::drawing_of(mime::to_line(mime::hops_of(header_of(*content))), "    ");
    return drawing.empty() || print("way\n" + drawing);
}

bool is_held(const admind::QueuedMessage& message) {
    return std::ranges::any_of(message.recipients, [](const auto& r) { return r.held && !r.done; });
}

int show(const Request& request) {
    return with_server(request, [&](Server& server, const std::vector<qmgr::Filter>& filters) {
        int status = yes;
        for (const auto& filter : filters) {
            bool found = false;
            bool held = false;
            const auto done = server.for_each(filter, [&](const auto& message) {
                found = true;
                held = is_held(message);
                return print(request.json ? json_form(message) + '\n' : show_form(message, now()));
            });
            if (!done) return complain(done.error());
            if (!found)
                status = complain(fmt::format("there is no message {} in the queue", spool::to_text(filter.id)),
                                  nothing_matched);
            else if (held && !request.json && !print_way(server, filter.id))
                return temporary;
            if (found && request.body) status = print_body(server, filter.id);
        }
        return status;
    });
}

int act(const Request& request, qmgr::Action action, std::string_view done_word) {
    if (request.selection.is_empty())
        return complain("which messages? Name ids, --from, --to, --domain, or say --all", misused);
    return with_server(request, [&](Server& server, const std::vector<qmgr::Filter>& filters) {
        std::uint64_t count = 0;
        std::uint64_t under_way = 0;
        bool durable = true;
        for (const auto& filter : filters) {
            const auto acted = server.act(action, filter);
            if (!acted) return complain(acted.error());
            count += acted->messages;
            under_way += acted->under_way;
            durable = durable && acted->durable;
        }
        if (request.json)
            print(fmt::format("{{\"action\": \"{}\", \"messages\": {}, \"under_way\": {}, \"durable\": {}}}\n",
                              done_word, count, under_way, durable));
        else
            print(fmt::format("{} {}{}\n", text::counted(count, "message"), done_word,
                              under_way_text(action, under_way)));
        if (!durable) return complain("but that is not safe on disk: a crash may undo it", temporary);
        return count > 0 ? yes : nothing_matched;
    });
}

struct Deed {
    const char* name;
    const char* meaning;
    qmgr::Action action;
    const char* done_word;
};
constexpr Deed deeds[] = {
    {"retry", "Try them now", qmgr::Action::Retry, "due now"},
    {"hold", "Keep them, and do not try them", qmgr::Action::Hold, "held"},
    {"release", "Try held messages again", qmgr::Action::Release, "released"},
    {"remove", "Forget them; nobody is told", qmgr::Action::Remove, "removed"},
    {"bounce", "Give them up; their senders are told", qmgr::Action::Bounce, "bounced"},
};

CLI::App* add_command(CLI::App& app, const char* name, const char* meaning, Request& request, bool with_all) {
    auto* command = app.add_subcommand(name, meaning);
    request.socket.add_to(*command);
    request.selection.add_to(*command, with_all);
    command->add_flag("--json", request.json, "Print JSON");
    return command;
}

/// `hermod queue` alone lists, as qmailctl's does.
std::vector<char*> with_deed(std::span<char*> arguments) {
    static char deed[] = "list";
    std::vector<char*> words(arguments.begin(), arguments.end());
    const std::string_view first = words.size() > 1 ? words[1] : "--";
    if (first.starts_with("--") && first != "--help") words.insert(words.begin() + 1, deed);
    return words;
}

}  // namespace

int run(std::span<char*> arguments) {
    ::signal(SIGPIPE, SIG_IGN);
    CLI::App app("Messages that wait in the queue of the running server.", "hermod queue");
    app.require_subcommand(1);
    Request request;
    auto* const list_command = add_command(app, "list", "List messages, oldest id first", request, true);
    auto* const show_command = add_command(app, "show", "Everything known of some messages", request, false);
    show_command->get_option("ID")->required();
    show_command->add_flag("--body", request.body, "Print the message itself too");
    std::vector<CLI::App*> deed_commands;
    for (const auto& deed : deeds) deed_commands.push_back(add_command(app, deed.name, deed.meaning, request, true));
    auto words = with_deed(arguments);
    if (const auto status = check::parse(app, words)) return *status;

    if (*list_command) return list(request);
    if (*show_command) return show(request);
    for (std::size_t i = 0; i < std::size(deeds); ++i)
        if (*deed_commands[i]) return act(request, deeds[i].action, deeds[i].done_word);
    return misused;
}

int print_mailq(const control::ControlSocket& configured) {
    ::signal(SIGPIPE, SIG_IGN);
    const auto report = [](const control::Trouble& trouble) {
        fmt::print(stderr, "mailq: {}\n", trouble.text);
        return trouble.status == control::Trouble::misconfigured ? EX_CONFIG
               : trouble.status == control::Trouble::not_allowed ? EX_NOPERM
                                                                 : EX_TEMPFAIL;
    };
    const auto socket = configured.find();
    if (!socket) return report(socket.error());
    auto server = Server::connect(*socket);
    if (!server) return report(server.error());
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
    const auto done = server->for_each({.all = true}, [&](const auto& message) {
        if (messages++ == 0) print(std::string(mailq_title));
        octets += message.size;
        return print(mailq_form(message));
    });
    if (!done) return report(done.error());
    print(mailq_total(octets, messages));
    return EX_OK;
}

}  // namespace queue
