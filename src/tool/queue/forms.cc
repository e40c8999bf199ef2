#include "queue/forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "logs/value_text.h"
#include "spool/spool.h"
#include "text/escape.h"

namespace queue {
namespace {

std::string sender_text(const admind::QueuedMessage& message) {
    return message.reverse_path.empty() ? "<>" : text::escaped(message.reverse_path);
}

std::string_view state_of(const admind::QueuedRecipient& recipient) {
    if (recipient.will_bounce) return "bouncing";
    if (recipient.done) return "done";
    if (recipient.in_flight) return "trying";
    return recipient.held ? "held" : recipient.awaits_release ? "later" : "waiting";
}

std::string local_time(std::int64_t milliseconds, const char* form) {
    const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    char text[64];
    return {text, std::strftime(text, sizeof text, form, &local)};
}

std::string size_text(std::uint64_t octets) {
    if (octets < 10'000) return fmt::format("{} B", octets);
    if (octets < 10'000'000) return fmt::format("{} kB", octets / 1000);
    return fmt::format("{} MB", octets / 1'000'000);
}

std::string recipient_line(const admind::QueuedRecipient& recipient, std::int64_t now) {
    const auto state = state_of(recipient);
    std::string line = fmt::format("    {:7}  <{}>", state, text::escaped(recipient.address));
    if (state == "waiting")
        line += recipient.due <= now ? ", due" : fmt::format(", next try in {}", duration_text(recipient.due - now));
    if (state == "later")
        line += fmt::format(", held until {} as its sender wishes", local_time(recipient.due, "%Y-%m-%d %H:%M:%S"));
    if (recipient.attempts > 0) line += fmt::format(", {} tried", recipient.attempts);
    if (!recipient.diagnostic.empty()) line += ": " + text::escaped(recipient.diagnostic);
    return line + '\n';
}

std::string left_out_line(const admind::QueuedMessage& message) {
    return message.left_out == 0 ? std::string() : fmt::format("    and {} more\n", message.left_out);
}

std::string quoted(std::string_view outside) {
    std::string text = "\"";
    logs::append_json_text(text, outside);
    return text + '"';
}

}  // namespace

std::string duration_text(std::int64_t milliseconds) {
    auto seconds = milliseconds / 1000;
    if (seconds <= 0) return "now";
    constexpr std::array<std::pair<std::int64_t, char>, 4> units{{{86'400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
    std::string text;
    int parts = 0;
    for (const auto& [length, letter] : units) {
        const auto count = seconds / length;
        seconds %= length;
        if (count == 0 && parts == 0) continue;
        if (count != 0) text += fmt::format("{}{}{}", text.empty() ? "" : " ", count, letter);
        if (++parts == 2) break;
    }
    return text;
}

std::string under_way_text(qmgr::Action action, std::uint64_t under_way) {
    if (under_way == 0) return {};
    if (action == qmgr::Action::Bounce)
        return fmt::format("; {} being tried at this moment: when that ends, unless it succeeds", under_way);
    return fmt::format("; {} being tried at this moment: that may still succeed", under_way);
}

std::string not_an_id(std::string_view typed) {
    constexpr spool::MessageId example = 123'456'789'012'345'678;
    return fmt::format("'{}' is no queue id; one looks like {}", text::escaped(typed), spool::to_text(example));
}

std::string list_form(const admind::QueuedMessage& message, std::int64_t now) {
    std::string text =
        fmt::format("{}  {:19}  {:>7}  from {}\n", spool::to_text(message.id),
                    message.arrived > now ? "for later" : local_time(message.arrived, "%Y-%m-%d %H:%M:%S"),
                    size_text(message.size), sender_text(message));
    for (const auto& recipient : message.recipients)
        if (!recipient.done) text += recipient_line(recipient, now);
    return text + left_out_line(message);
}

std::string show_form(const admind::QueuedMessage& message, std::int64_t now) {
    std::string text =
        fmt::format("id       {}\nfrom     {}\n{}  {} ({})\nby       {}\nsize     {} octets\nto\n",
                    spool::to_text(message.id), sender_text(message), message.arrived > now ? "release" : "arrived",
                    local_time(message.arrived, "%Y-%m-%d %H:%M:%S %z"),
                    message.arrived > now ? "in " + duration_text(message.arrived - now)
                                          : duration_text(now - message.arrived) + " ago",
                    text::escaped(message.origin), message.size);
    for (const auto& recipient : message.recipients) {
        text += recipient_line(recipient, now);
        if (!recipient.destination.empty())
            text += fmt::format("             by {}\n", text::escaped(recipient.destination));
    }
    return text + left_out_line(message);
}

std::string json_form(const admind::QueuedMessage& message) {
    std::string recipients;
    for (const auto& recipient : message.recipients)
        recipients += fmt::format(
            R"({}{{"to": {}, "state": "{}", "attempts": {}, "due": {}, "destination": {}, "diagnostic": {}}})",
            recipients.empty() ? "" : ", ", quoted(recipient.address), state_of(recipient), recipient.attempts,
            recipient.due, quoted(recipient.destination), quoted(recipient.diagnostic));
    return fmt::format(R"({{"id": "{}", "from": {}, "arrived": {}, "size": {}, "origin": {}, "recipients": [{}]}})",
                       spool::to_text(message.id), quoted(message.reverse_path), message.arrived, message.size,
                       quoted(message.origin), recipients);
}

// "*" behind the id: being tried; "!": held.
std::string mailq_form(const admind::QueuedMessage& message) {
    const auto any = [&](bool admind::QueuedRecipient::* state) {
        return std::ranges::any_of(message.recipients, [&](const auto& r) { return !r.done && r.*state; });
    };
    const char mark = any(&admind::QueuedRecipient::in_flight) ? '*' : any(&admind::QueuedRecipient::held) ? '!' : ' ';
    std::string text =
        fmt::format("{}{} {:>7} {} {}\n", spool::to_text(message.id), mark, message.size,
                    local_time(message.arrived, "%a %b %d %H:%M:%S"),
                    message.reverse_path.empty() ? "MAILER-DAEMON" : text::escaped(message.reverse_path));
    for (const auto& recipient : message.recipients) {
        if (recipient.done) continue;
        if (!recipient.diagnostic.empty()) text += fmt::format("    ({})\n", text::escaped(recipient.diagnostic));
        text += fmt::format("{:41}{}\n", "", text::escaped(recipient.address));
    }
    return text + '\n';
}

std::string mailq_total(std::uint64_t octets, std::uint64_t messages) {
    if (messages == 0) return "Mail queue is empty\n";
    return fmt::format("-- {} Kbytes in {} Request{}.\n", (octets + 1023) / 1024, messages, messages == 1 ? "" : "s");
}

}  // namespace queue
