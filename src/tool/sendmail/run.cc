#include "sendmail/run.h"

#include <fmt/format.h>
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>

#include "queue/run.h"
#include "sendmail/converse.h"
#include "sendmail/submit.h"

namespace sendmail {
namespace {

int help() {
    fmt::print(
        "usage: sendmail [OPTION]… [--] RECIPIENT…\n\n"
        "Reads a message from standard input and submits it.\n\n"
        "  -t            recipients are in the fields To, Cc and Bcc, besides those named\n"
        "  -i, -oi       a line with a lone dot does not end the message\n"
        "  -f ADDRESS    envelope sender\n"
        "  -F NAME       full name of the sender, for a missing From\n"
        "  -N WHEN       notify on success,failure,delay or never\n"
        "  -R full|hdrs  what a notification returns\n"
        "  -V ID         envelope id\n"
        "  -bm           submit (what it does anyway)\n"
        "  -bs           speak SMTP on standard input and output\n"
        "  -bp           list the queue\n"
        "  -oem, -oeq    -oeq: print no error messages\n"
        "  --config FILE the configuration\n\n"
        "Other options of other sendmails are taken and ignored.\n");
    return EX_OK;
}

int list_queue(const Options& options) {
    return queue::print_mailq(
        {.configuration = {configuration_path(options.configuration)}, .path = options.control_socket});
}

int help_on_mailq() {
    fmt::print(
        "usage: mailq [--config FILE] [--control-socket PATH]\n\n"
        "Lists the messages that wait in the queue of the running server; `hermod queue list` tells more.\n");
    return EX_OK;
}

int say_no_aliases() {
    fmt::print("Nothing to rebuild: files of aliases are read at start and by `hermod reload`.\n");
    return EX_OK;
}

int take_mail(const Options& options) {
    const auto place = find_place(options.configuration);
    if (!place) {
        fmt::print(stderr, "sendmail: {}\n", place.error());
        return EX_CONFIG;
    }
    if (options.mode == Mode::Converse) return converse(*place, find_caller(), STDIN_FILENO, STDOUT_FILENO);
    return submit(options, *place, find_caller(), STDIN_FILENO);
}

}  // namespace

int run(std::span<char*> arguments) {
    ::signal(SIGPIPE, SIG_IGN);
    const auto options = parse_options(arguments.empty() ? arguments : arguments.subspan(1));
    if (!options) {
        fmt::print(stderr, "sendmail: {}\n", options.error());
        return EX_USAGE;
    }
    if (options->wants_help) return help();
    switch (options->mode) {
        case Mode::ListQueue: return list_queue(*options);
        case Mode::NewAliases: return say_no_aliases();
        case Mode::Converse:
        case Mode::Submit: break;
    }
    return take_mail(*options);
}

int run_mailq(std::span<char*> arguments) {
    const auto options = parse_options(arguments.empty() ? arguments : arguments.subspan(1));
    if (!options) {
        fmt::print(stderr, "mailq: {}\n", options.error());
        return EX_USAGE;
    }
    return options->wants_help ? help_on_mailq() : list_queue(*options);
}

int run_newaliases(std::span<char*>) { return say_no_aliases(); }

}  // namespace sendmail
