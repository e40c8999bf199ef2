// hermod: one binary. Called as sendmail, or by another of its names, it is that; with --role it is a process of a
// running server, started by master; otherwise its first word is a command.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "account/run.h"
#include "acmed/run.h"
#include "admind/run.h"
#include "anatomy/run.h"
#include "authd/run.h"
#include "authentication/run.h"
#include "check/run.h"
#include "control/run.h"
#include "crypto/memory.h"
#include "deliver/run.h"
#include "directory/run.h"
#include "dotcommands/run.h"
#include "explain/run.h"
#include "feedback/run.h"
#include "httpd/run.h"
#include "import/run.h"
#include "keyd/run.h"
#include "list/run.h"
#include "manual/run.h"
#include "pickup/run.h"
#include "policyd/run.h"
#include "pop3d/run.h"
#include "process/process.h"
#include "publication/run.h"
#include "qmgr/run.h"
#include "queue/run.h"
#include "reader/run.h"
#include "relay/run.h"
#include "runner/run.h"
#include "sender/run.h"
#include "sendmail/run.h"
#include "serve/run.h"
#include "smtpd/run.h"
#include "tokend/run.h"
#include "trace/run.h"
#include "training/run.h"

namespace {

using Arguments = std::span<char*>;  // the first is the command's own name

struct Command {
    std::string_view name;
    int (*run)(Arguments);
    std::string_view summary;
};

constexpr auto commands = std::to_array<Command>({
    {"serve", serve::run, "run the server in the foreground"},
    {"check", check::run, "validate the configuration and everything it names"},
    {"start", control::start, "start the server in the background"},
    {"stop", control::stop, "finish what is in flight and end"},
    {"restart", control::restart, "end the server that was started so, and start it anew"},
    {"reload", control::reload, "take the configuration anew, without dropping a session"},
    {"status", control::status, "the processes of the running server, and its queue in numbers"},
    {"pause", control::pause, "no new deliveries, local, remote or all; mail is taken, and waits"},
    {"continue", control::resume, "end that"},
    {"flush", control::flush, "everything that waits is due now"},
    {"ban", control::ban, "clients that may not log in for a time: list, lift"},
    {"queue", queue::run, "list, show, retry, hold, release, remove or bounce messages that wait"},
    {"acme", control::acme, "the certificate from an authority: status, issue, renew, revoke"},
    {"trace", trace::run, "the story of one message: every decision with its reason"},
    {"explain", explain::run, "what would happen to mail for an address, and why"},
    {"domain", account::run_domain, "domains made by command: add, list, remove"},
    {"alias", account::run_alias, "aliases made by command: add, list, show, remove"},
    {"account", account::run_account, "mailboxes made by command, their passwords and quotas"},
    {"bayes", training::run, "the filter that learns what is spam: taught, asked, made to forget"},
    {"sender", sender::run, "senders who are blocked or allowed, by what is proved of them"},
    {"import", import::run, "the configuration of qmail or Postfix as one for Hermod"},
    {"reports", feedback::run, "aggregate reports of DMARC: what others tell of our domains, and we of theirs"},
    {"list", list::run, "mailing lists: made, changed and looked after"},
    {"spf", authentication::run_spf, "may this client send in this name: RFC 7208, step by step"},
    {"dkim", authentication::run_dkim, "signatures of domains: verify, sign, keygen, record; rotate, status: our keys"},
    {"dns", publication::run, "what a domain has to publish for its mail, and whether it does: records, check"},
    {"dmarc", authentication::run_dmarc, "does the author's domain stand behind the message, and what does it want"},
    {"arc", authentication::run_arc, "what those who passed a message on say of it: verify, seal"},
    {"auth", authentication::run_auth, "SPF, DKIM, ARC and DMARC for one message"},
    {"mime", anatomy::run, "what a message is made of: leaves"},
    {"srs", authentication::run_srs, "senders of forwarded mail rewritten, and back"},
    {"vacation", dotcommands::vacation, "answer a message in its recipient's name: for .qmail and .forward files"},
    {"settings", manual::run, "every setting of the configuration: meaning, default, range"},
    {"sendmail", sendmail::run, "submit a message, as /usr/sbin/sendmail does"},
    {"mailq", sendmail::run_mailq, "the queue, as sendmail -bp lists it"},
});

/// Other names the binary is called by: links to it.
struct Name {
    std::string_view name;
    int (*run)(Arguments);
};
constexpr auto names = std::to_array<Name>({
    {"sendmail", sendmail::run},
    {"mailq", sendmail::run_mailq},
    {"newaliases", sendmail::run_newaliases},
    {"forward", dotcommands::forward},
    {"condredirect", dotcommands::condredirect},
    {"bouncesaying", dotcommands::bouncesaying},
    {"except", dotcommands::except},
    {"preline", dotcommands::preline},
    {"maildirmake", dotcommands::maildirmake},
    {"vacation", dotcommands::vacation},
});

/// qmailctl's verbs, where they are others.
struct Verb {
    std::string_view name;
    int (*run)(Arguments);
};
constexpr auto verbs = std::to_array<Verb>({
    {"stat", control::status},
    {"cont", control::resume},
    {"doqueue", control::flush},
    {"alrm", control::flush},
    {"hup", control::reload},
    {"cdb", control::cdb},
});

int usage(std::FILE* out) {
    fmt::print(out, "usage: hermod COMMAND …\n\n");
    for (const auto& command : commands) fmt::print(out, "  {:9} {}\n", command.name, command.summary);
    fmt::print(out,
               "\nEach command has --help. The configuration is --config FILE, else $HERMOD_CONFIG, else\n"
               "/etc/hermod/hermod.toml. qmailctl's stat, cont, doqueue, alrm, hup and cdb are understood too.\n");
    return out == stdout ? 0 : 2;
}

int run_role() {
    auto given = process::inherit();
    switch (given.role) {
        case process::Role::Smtpd: return smtpd::run(std::move(given));
        case process::Role::Qmgr: return qmgr::run(std::move(given));
        case process::Role::Relay: return relay::run(std::move(given));
        case process::Role::Deliver: return deliver::run(std::move(given));
        case process::Role::Directory: return directory::run(std::move(given));
        case process::Role::Pickup: return pickup::run(std::move(given));
        case process::Role::Runner: return runner::run(std::move(given));
        case process::Role::Keyd: return keyd::run(std::move(given));
        case process::Role::Httpd: return httpd::run(std::move(given));
        case process::Role::Acmed: return acmed::run(std::move(given));
        case process::Role::Admind: return admind::run(std::move(given));
        case process::Role::Pop3d: return pop3d::run(std::move(given));
        case process::Role::Reader: return reader::run(std::move(given));
        case process::Role::Authd: return authd::run(std::move(given));
        case process::Role::Tokend: return tokend::run(std::move(given));
        case process::Role::Policyd: return policyd::run(std::move(given));
        case process::Role::Master: break;
    }
    return 2;
}

/// `hermod --config FILE COMMAND`: the option may stand before the command too.
Arguments take_configuration(Arguments arguments) {
    constexpr std::string_view option = "--config";
    if (arguments.size() < 3) return arguments;
    const std::string_view word = arguments[1];
    const bool is_one_word = word.starts_with("--config=");
    if (word != option && !is_one_word) return arguments;
    ::setenv("HERMOD_CONFIG", is_one_word ? arguments[1] + option.size() + 1 : arguments[2], /*replace=*/1);
    return arguments.subspan(is_one_word ? 1 : 2);
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

int main(int argc, char** argv) {
    crypto::wipe_what_is_freed();
    Arguments arguments(argv, static_cast<std::size_t>(argc));
    const auto called = base_name(argc > 0 ? argv[0] : "hermod");
    if (const auto* named = std::ranges::find(names, called, &Name::name); named != names.end())
        return named->run(arguments);
    arguments = take_configuration(arguments);
    if (arguments.size() < 2) return usage(stderr);

    const std::string_view word = arguments[1];
    if (word == "--role") return run_role();
    if (word == "--help" || word == "-h" || word == "help") return usage(stdout);
    if (word == "--version") {
        fmt::print("hermod {}\n", HERMOD_VERSION);
        return 0;
    }
    const auto* found = std::ranges::find(commands, word, &Command::name);
    if (found != commands.end()) return found->run(arguments.subspan(1));
    if (const auto* verb = std::ranges::find(verbs, word, &Verb::name); verb != verbs.end())
        return verb->run(arguments.subspan(1));
    fmt::print(stderr, "hermod: there is no command '{}'\n", word);
    return usage(stderr);
}
