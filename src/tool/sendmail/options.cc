#include "sendmail/options.h"

#include <fmt/format.h>

#include <string_view>

#include "lang/try.h"
#include "smtp/limits.h"
#include "text/ascii.h"

namespace sendmail {
namespace {

/// Letters whose value is the rest of the word, or the next one; all but the first few are ignored.
constexpr std::string_view with_value =
    "BFNRVbefor"
    "ACDLOXhpu";
/// Letters whose value, if any, is the rest of the word.
constexpr std::string_view with_rest = "dq";
constexpr std::string_view flags =
    "tiI"
    "EGJMSUmnvxQ";

using Done = std::expected<void, std::string>;

Done set_mode(Options& options, std::string_view value) {
    if (value == "m" || value == "a")
        options.mode = Mode::Submit;
    else if (value == "s")
        options.mode = Mode::Converse;
    else if (value == "p")
        options.mode = Mode::ListQueue;
    else if (value == "i")
        options.mode = Mode::NewAliases;
    else if (value == "d" || value == "D")
        return std::unexpected("-bd: the server is started by `hermod serve`");
    else
        return std::unexpected(fmt::format("-b{}: there is no such mode here", value));
    return {};
}

Done set_notify(Options& options, std::string_view value) {
    std::uint8_t notify = smtp::notify_unspecified;
    while (!value.empty()) {
        const auto word = value.substr(0, value.find(','));
        value.remove_prefix(std::min(value.size(), word.size() + 1));
        if (text::equal_ignoring_case(word, "never"))
            notify |= smtp::notify_never;
        else if (text::equal_ignoring_case(word, "success"))
            notify |= smtp::notify_success;
        else if (text::equal_ignoring_case(word, "failure"))
            notify |= smtp::notify_failure;
        else if (text::equal_ignoring_case(word, "delay"))
            notify |= smtp::notify_delay;
        else
            return std::unexpected(fmt::format("-N: '{}' is none of never, success, failure, delay", word));
    }
    // RFC 3461 §4.1: NEVER stands alone.
    if ((notify & smtp::notify_never) && notify != smtp::notify_never)
        return std::unexpected("-N: never goes with nothing else");
    options.notify = notify;
    return {};
}

Done set_return(Options& options, std::string_view value) {
    if (text::equal_ignoring_case(value, "full"))
        options.ret = smtp::Return::Full;
    else if (text::equal_ignoring_case(value, "hdrs"))
        options.ret = smtp::Return::Headers;
    else
        return std::unexpected(fmt::format("-R: '{}' is neither full nor hdrs", value));
    return {};
}

Done set_envelope_id(Options& options, std::string_view value) {
    if (value.size() > smtp::longest_envelope_id || !std::ranges::all_of(value, text::is_printable))
        return std::unexpected("-V: not up to 100 printable characters");
    options.envelope_id = value;
    return {};
}

Done set_value(Options& options, char letter, std::string_view value) {
    switch (letter) {
        case 'b': return set_mode(options, value);
        case 'f':
        case 'r': options.sender = value; break;
        case 'F': options.full_name = value; break;
        case 'N': return set_notify(options, value);
        case 'R': return set_return(options, value);
        case 'V': return set_envelope_id(options, value);
        case 'B':
            options.body =
                text::equal_ignoring_case(value, "8BITMIME") ? smtp::BodyType::EightBitMime : smtp::BodyType::SevenBit;
            break;
        case 'e': options.is_quiet = value == "q"; break;
        case 'o':
            if (value == "i")
                options.dot_ends = false;
            else if (value.starts_with('e'))
                options.is_quiet = value == "eq";
            break;
        default: break;
    }
    return {};
}

void set_flag(Options& options, char letter) {
    switch (letter) {
        case 't': options.reads_recipients = true; break;
        case 'i': options.dot_ends = false; break;
        case 'I': options.mode = Mode::NewAliases; break;
        default: break;
    }
}

class Words {
public:
    explicit Words(std::span<char* const> words) : words_(words) {}

    bool has_option() const { return next_ < words_.size() && peek().size() > 1 && peek().front() == '-'; }
    std::string_view take() { return words_[next_++]; }
    std::string_view peek() const { return words_[next_]; }
    bool at_end() const { return next_ == words_.size(); }

private:
    std::span<char* const> words_;
    std::size_t next_ = 0;
};

std::expected<std::string_view, std::string> value_of(std::string_view option, std::string_view rest, Words& words) {
    if (!rest.empty()) return rest;
    if (words.at_end()) return std::unexpected(fmt::format("{} needs a value", option));
    return words.take();
}

/// One word of options: "-oi", "-tv", "-f" and its value behind it.
Done take_options(Options& options, std::string_view word, Words& words) {
    for (std::size_t at = 1; at < word.size(); ++at) {
        const char letter = word[at];
        if (with_rest.contains(letter)) return {};
        if (with_value.contains(letter))
            return set_value(options, letter, TRY(value_of(fmt::format("-{}", letter), word.substr(at + 1), words)));
        if (!flags.contains(letter)) return std::unexpected(fmt::format("-{}: there is no such option", letter));
        set_flag(options, letter);
    }
    return {};
}

}  // namespace

std::expected<Options, std::string> parse_options(std::span<char* const> arguments) {
    Options options;
    Words words(arguments);
    while (words.has_option()) {
        const auto word = words.take();
        if (word == "--") break;
        if (word == "--help")
            options.wants_help = true;
        else if (word == "--config")
            options.configuration = TRY(value_of(word, {}, words));
        else if (word.starts_with("--config="))
            options.configuration = word.substr(9);
        else if (word == "--control-socket")
            options.control_socket = TRY(value_of(word, {}, words));
        else
            TRY(take_options(options, word, words));
    }
    while (!words.at_end()) options.recipients.emplace_back(words.take());
    return options;
}

}  // namespace sendmail
