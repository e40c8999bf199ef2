#include "truth.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace simulation {
namespace {

std::optional<std::uint64_t> number_at(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

/// The value of "Name: value" lines, one after another.
std::optional<std::string_view> next_field(std::string_view text, std::string_view name, std::size_t& from) {
    const auto at = text.find(name, from);
    if (at == text.npos) return std::nullopt;
    const auto end = text.find("\r\n", at + name.size());
    from = end;
    return text.substr(at + name.size(), end - at - name.size());
}

}  // namespace

std::string recipient_name(std::uint64_t message, std::size_t recipient) {
    return fmt::format("r{}-{}", message, recipient);
}
std::string sender_name(std::uint64_t message) { return fmt::format("s{}", message); }

Addressee* Truth::find(std::string_view address) {
    if (!address.starts_with('r')) return nullptr;
    address.remove_prefix(1);
    const auto message = number_at(address);
    if (!message || *message >= messages.size() || !address.starts_with('-')) return nullptr;
    address.remove_prefix(1);
    const auto recipient = number_at(address);
    auto& addressees = messages[*message].addressees;
    return recipient && *recipient < addressees.size() ? &addressees[*recipient] : nullptr;
}

void Truth::delivered(std::string_view recipient, std::string_view octets) {
    if (recipient.starts_with('s')) return read_notification(octets);
    Addressee* addressee = find(recipient);
    if (!addressee) return violation(fmt::format("mail for <{}>, whom nobody wrote to", recipient));
    ++addressee->deliveries;
    recipient.remove_prefix(1);
    const Sent& sent = messages[*number_at(recipient)];
    check_octets(sent, octets);
    if (sent.is_refused) violation(fmt::format("message {} was refused, and delivered all the same", sent.number));
}

void Truth::check_octets(const Sent& sent, std::string_view octets) {
    std::string got(octets);
    const auto room = sent.octets.find(id_room);
    if (got.size() == sent.octets.size()) got.replace(room, id_room.size(), id_room);
    if (got != sent.octets)
        violation(fmt::format("message {} arrived with other octets than it was sent with", sent.number));
}

void Truth::read_notification(std::string_view octets) {
    std::size_t from = 0;
    const auto id = next_field(octets, "Message-ID: ", from);
    if (!id) return violation("a notification without Message-ID");
    from = 0;
    while (const auto recipient = next_field(octets, "\r\nFinal-Recipient: rfc822;", from)) {
        const auto action = next_field(octets, "\r\nAction: ", from);
        Addressee* addressee = find(*recipient);
        if (!addressee)
            violation(fmt::format("a notification about <{}>", *recipient));
        else if (action == "failed")
            addressee->bounces.emplace(*id);
    }
}

void Truth::judge() {
    for (const Sent& sent : messages) judge(sent);
}

void Truth::judge(const Sent& sent) {
    bool has_appeared = sent.is_acknowledged;
    for (const auto& addressee : sent.addressees)
        has_appeared = has_appeared || addressee.deliveries > 0 || !addressee.bounces.empty();
    for (const auto& addressee : sent.addressees) {
        const auto& who = addressee.address;
        const auto bounces = addressee.bounces.size();
        if (sent.is_refused && bounces > 0) violation(fmt::format("{}: refused, and bounced", who));
        if (addressee.deliveries > 1 + (addressee.is_local ? 0 : addressee.allowance))
            violation(fmt::format("{}: delivered {} times, {} would have an excuse", who, addressee.deliveries,
                                  addressee.allowance));
        if (bounces > 1) violation(fmt::format("{}: {} notifications of the failure", who, bounces));
        if (sent.sender.empty() && bounces > 0) violation(fmt::format("{}: a notification to the null sender", who));
        if (bounces > 0 && addressee.deliveries > 0 && addressee.allowance == 0)
            violation(fmt::format("{}: delivered and bounced", who));
        if (!has_appeared || addressee.deliveries > 0 || bounces > 0) continue;
        if (sent.sender.empty() && addressee.nature != Nature::Takes && addressee.nature != Nature::TakesLater)
            continue;
        violation(fmt::format("{}: neither delivered nor bounced; the message was {}", who,
                              sent.is_acknowledged ? "acknowledged" : "delivered to others"));
    }
}

}  // namespace simulation
