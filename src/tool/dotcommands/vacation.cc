// vacation: answers a message in its recipient's name, once for each sender in a while.
//
// Whatever goes wrong here, the message itself is not to suffer: what may be mended makes it wait, everything else is
// said and passed over.
#include "vacation/vacation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <getopt.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "answered/record.h"
#include "dotcommands/child.h"
#include "dotcommands/day.h"
#include "dotcommands/run.h"
#include "drop/letter.h"
#include "file/descriptor.h"
#include "mime/header.h"
#include "sendmail/place.h"
#include "smtp/path.h"

namespace dotcommands {
namespace {

constexpr std::size_t largest_header = 512 * 1024;
constexpr std::size_t largest_notice = 256 * 1024;
constexpr std::int64_t day = 86'400;

struct Options {
    std::vector<std::string> addresses;
    std::string subject;
    std::string from;
    std::string notice = ".vacation.msg";
    std::string record = ".vacation.answered";
    std::int64_t period = 7 * day;
    std::int64_t begins = 0;
    std::int64_t ends = 0;  // 0: never
    bool forgets = false;
    bool wants_help = false;
};

constexpr const char* usage_text =
    "usage: vacation [OPTION …], in a .qmail or .forward file\n"
    "  -m, --message FILE     what is answered (.vacation.msg)\n"
    "  -s, --subject TEXT     of the answer, instead of \"Auto: \" and the message's\n"
    "  -a, --address ADDRESS  also mine; may be given more than once\n"
    "      --from ADDRESS     whom the answer comes from, instead of whom the message came to\n"
    "  -r, --days DAYS        each sender is answered once in that time (7)\n"
    "      --since DATE       nobody is answered before that day (2026-12-24)\n"
    "      --until DATE       nor after that one\n"
    "  -f, --answered FILE    who was answered (.vacation.answered)\n"
    "  -I, --forget           forgets who was answered\n"
    "or: vacation set|clear|show, for accounts that are no users of this system\n";

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

std::optional<std::int64_t> parse_days(const char* text) {
    char* end = nullptr;
    errno = 0;
    const long days = std::strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || days < 1 || days > 365) return std::nullopt;
    return days * day;
}

bool is_address(const std::string& text) { return smtp::parse_mailbox(text, smtp::Utf8::Allowed).has_value(); }

bool set(Options& options, int option, const char* value) {
    const auto set_to = [](auto& place, auto given) {
        if (given) place = *given;
        return given.has_value();
    };
    switch (option) {
        case 'm': options.notice = value; return true;
        case 's': options.subject = value; return true;
        case 'a': options.addresses.emplace_back(value); return is_address(value);
        case 'F': options.from = value; return is_address(value);
        case 'r':
        case 't': return set_to(options.period, parse_days(value));
        case 'b': return set_to(options.begins, parse_day(value, 0));
        case 'u': return set_to(options.ends, parse_day(value, 1));
        case 'f': options.record = value; return true;
        case 'I': options.forgets = true; return true;
        case 'h': options.wants_help = true; return true;
        default: return false;
    }
}

/// Words behind the options are passed over: vacation(1) of old is given its user's name.
std::expected<Options, std::string> parse(std::span<char*> arguments) {
    static const option long_options[] = {{"message", required_argument, nullptr, 'm'},
                                          {"subject", required_argument, nullptr, 's'},
                                          {"address", required_argument, nullptr, 'a'},
                                          {"from", required_argument, nullptr, 'F'},
                                          {"days", required_argument, nullptr, 'r'},
                                          {"since", required_argument, nullptr, 'b'},
                                          {"until", required_argument, nullptr, 'u'},
                                          {"answered", required_argument, nullptr, 'f'},
                                          {"forget", no_argument, nullptr, 'I'},
                                          {"help", no_argument, nullptr, 'h'},
                                          {nullptr, 0, nullptr, 0}};
    Options options;
    ::optind = 1;
    for (int found; (found = ::getopt_long(static_cast<int>(arguments.size()), arguments.data(), "m:s:a:r:t:f:Ih",
                                           long_options, nullptr)) != -1;) {
        if (found == '?') return std::unexpected(std::string(usage_text));
        if (!set(options, found, ::optarg)) return std::unexpected(fmt::format("\"{}\" is not understood\n", ::optarg));
    }
    return options;
}

/// As much of the message as can be its header; empty: that is longer than any.
std::string read_header() {
    std::string front;
    char piece[65536];
    while (front.size() <= largest_header) {
        const auto got = ::read(STDIN_FILENO, piece, sizeof piece);
        if (got < 0 && errno == EINTR) continue;
        if (got > 0) front.append(piece, static_cast<std::size_t>(got));
        const auto division = mime::divide(front);
        if (division.has_empty_line || got <= 0) return front.substr(0, division.header);
    }
    return {};
}

vacation::Notice notice_for(const Options& options) {
    vacation::Notice notice;
    notice.subject = options.subject;
    notice.own = options.addresses;
    for (const auto& own : {variable("RECIPIENT"), variable("USER") + "@" + variable("HOST"), options.from})
        if (is_address(own)) notice.own.push_back(own);
    notice.from.addr_spec = options.from.empty() ? variable("RECIPIENT") : options.from;
    return notice;
}

int failed(int status, const std::string& why) {
    fmt::print(stderr, "vacation: {}\n", why);
    return status;
}

int answer(const Options& options, int home, std::int64_t now) {
    const auto sender = variable("SENDER");
    auto notice = notice_for(options);
    if (!is_address(variable("RECIPIENT"))) return failed(not_now, "the message is a delivery's: RECIPIENT is not set");
    const auto header = read_header();
    if (header.empty() || vacation::why_not(notice, header, sender) || !is_address(sender)) return 0;
    const auto text = answered::read_notice(home, options.notice, largest_notice);
    if (!text) return failed(not_now, file::to_text(text.error()));
    vacation::read_text(*text, notice);
    const auto place = sendmail::find_place({});
    if (!place) return failed(not_now, place.error());
    const auto verdict = answered::note(home, options.record, sender, now, options.period);
    if (!verdict) return failed(0, file::to_text(verdict.error()));
    if (*verdict == answered::Verdict::NotAgain) return 0;
    const auto text_of_answer = vacation::answer(
        notice, header, sender, {.date = {now, 0}, .message_id = drop::unique_name() + "@" + place->hostname});
    const auto sent = drop::leave_letter(place->drop_directory, sender, text_of_answer);
    return sent ? 0 : failed(0, file::to_text(sent.error()));
}

}  // namespace

int vacation(std::span<char*> arguments) {
    if (arguments.size() > 1 && is_for_account(arguments[1])) return vacation_of_account(arguments);
    const auto options = parse(arguments);
    if (!options) return failed(not_now, options.error());
    if (options->wants_help) {
        fmt::print("{}", usage_text);
        return 0;
    }
    const std::int64_t now = std::time(nullptr);
    const file::Descriptor home(::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!home) return failed(not_now, "the home cannot be opened");
    if (options->forgets) {
        const auto forgot = answered::forget_all(home.get(), options->record);
        return forgot ? 0 : failed(not_now, file::to_text(forgot.error()));
    }
    const bool is_away = now >= options->begins && (options->ends == 0 || now < options->ends);
    return is_away ? answer(*options, home.get(), now) : 0;
}

}  // namespace dotcommands
