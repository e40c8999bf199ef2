#include "milter/conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lang/overloaded.h"
#include "milter/reply_code.h"
#include "text/ascii.h"

namespace milter {
namespace {

constexpr std::size_t most_of_a_body = 64 * 1024;
constexpr std::uint32_t version = 6;

// What a filter may ask for (SMFIF_*).
constexpr std::uint32_t may_add_fields = 0x01, may_change_body = 0x02, may_add_recipients = 0x04,
                        may_delete_recipients = 0x08, may_change_fields = 0x10, may_quarantine = 0x20,
                        may_change_sender = 0x40, may_add_recipients_with_parameters = 0x80;
constexpr std::uint32_t all_actions = 0x1ff;  // and it may choose macros

// What it does not want to hear, or to answer (SMFIP_*).
constexpr std::uint32_t no_connect = 0x01, no_helo = 0x02, no_mail = 0x04, no_rcpt = 0x08, no_body = 0x10,
                        no_header = 0x20, no_end_of_header = 0x40, mute_header = 0x80, no_unknown = 0x100,
                        no_data = 0x200, may_skip = 0x400, mute_connect = 0x1000, mute_helo = 0x2000,
                        mute_mail = 0x4000, mute_rcpt = 0x8000, mute_data = 0x10000, mute_unknown = 0x20000,
                        mute_end_of_header = 0x40000, mute_body = 0x80000, leading_space = 0x100000;
constexpr std::uint32_t all_protocol = no_connect | no_helo | no_mail | no_rcpt | no_body | no_header |
                                       no_end_of_header | mute_header | no_unknown | no_data | may_skip | mute_connect |
                                       mute_helo | mute_mail | mute_rcpt | mute_data | mute_unknown |
                                       mute_end_of_header | mute_body | leading_space;

/// Where macros belong; `number` is that of the stage in a filter's choice.
struct MacroPlace {
    char command;
    std::uint32_t number;
    std::string_view names;
};
constexpr std::array<MacroPlace, 6> macro_places{{{'C', 0, "j _ {daemon_name} {if_name} {if_addr} v"},
                                                  {'H', 1, "{tls_version} {cipher}"},
                                                  {'M', 2, "i {auth_type} {auth_authen} {mail_addr} {mail_host}"},
                                                  {'R', 3, "{rcpt_addr} {rcpt_host}"},
                                                  {'T', 4, "i"},
                                                  {'E', 5, "i"}}};

std::string text(std::string_view value) {
    std::string octets(value);
    std::ranges::replace(octets, '\0', '?');
    return octets + '\0';
}

std::string in_brackets(std::string_view address) { return fmt::format("<{}>", address); }

bool has_word(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const auto end = std::min(list.find_first_of(" ,"), list.size());
        if (list.substr(0, end) == word) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

/// As filters know it: line ends are LF, and the blank behind the colon is not part of it.
std::string value_for_filter(std::string_view value, bool with_leading_space) {
    std::string plain;
    for (const char c : value)
        if (c != '\r') plain += c;
    while (plain.ends_with('\n')) plain.pop_back();
    if (!with_leading_space && plain.starts_with(' ')) plain.erase(0, 1);
    return plain;
}

}  // namespace

std::string farewell() { return to_octets('Q'); }

std::string_view describe(const Change& change) {
    return std::visit(Overloaded{[](const AddField&) -> std::string_view { return "a field more"; },
                                 [](const InsertField&) -> std::string_view { return "a field more"; },
                                 [](const ChangeField&) -> std::string_view { return "a change of the header"; },
                                 [](const ReplaceBody&) -> std::string_view { return "another body"; },
                                 [](const AddRecipient&) -> std::string_view { return "a recipient more"; },
                                 [](const DeleteRecipient&) -> std::string_view { return "a recipient less"; },
                                 [](const ChangeSender&) -> std::string_view { return "another sender"; },
                                 [](const Quarantine&) -> std::string_view { return "quarantine"; }},
                      change);
}

Step Conversation::next() {
    for (;;) {
        if (outcome_) return Done{};
        if (is_awaited_) return Wait{};
        if (stage_ == Stage::Negotiate) {
            is_awaited_ = true;
            return Send{negotiate()};
        }
        if (is_unwanted(stage_) || (stage_ == Stage::Rcpt && item_ == story_.recipients.size()) ||
            (stage_ == Stage::Header && item_ == story_.fields.size())) {
            advance();
            continue;
        }
        if (stage_ == Stage::Body) return TellBody{};
        auto octets = told();
        is_awaited_ = !is_unanswered(stage_);
        if (stage_ == Stage::Rcpt || stage_ == Stage::Header)
            ++item_;
        else if (stage_ != Stage::EndOfBody)
            advance();
        return Send{std::move(octets)};
    }
}

void Conversation::advance() {
    stage_ = static_cast<Stage>(static_cast<int>(stage_) + 1);
    item_ = 0;
}

std::string Conversation::negotiate() {
    return to_octets('O', number(version) + number(all_actions) + number(all_protocol));
}

bool Conversation::is_unwanted(Stage stage) const {
    const auto has = [this](std::uint32_t flag) { return (protocol_ & flag) != 0; };
    switch (stage) {
        case Stage::Connect: return has(no_connect);
        case Stage::Helo: return has(no_helo) || story_.helo.empty();
        case Stage::Mail: return has(no_mail);
        case Stage::Rcpt: return has(no_rcpt);
        case Stage::Data: return has(no_data);
        case Stage::Header: return has(no_header);
        case Stage::EndOfHeader: return has(no_end_of_header);
        case Stage::Body: return has(no_body);
        case Stage::Negotiate:
        case Stage::EndOfBody: break;
    }
    return false;
}

bool Conversation::is_unanswered(Stage stage) const {
    const auto has = [this](std::uint32_t flag) { return (protocol_ & flag) != 0; };
    switch (stage) {
        case Stage::Connect: return has(mute_connect);
        case Stage::Helo: return has(mute_helo);
        case Stage::Mail: return has(mute_mail);
        case Stage::Rcpt: return has(mute_rcpt);
        case Stage::Data: return has(mute_data);
        case Stage::Header: return has(mute_header);
        case Stage::EndOfHeader: return has(mute_end_of_header);
        case Stage::Body: return has(mute_body);
        case Stage::Negotiate:
        case Stage::EndOfBody: break;
    }
    return false;
}

std::string Conversation::macros_for(char command) {
    const auto* place = std::ranges::find(macro_places, command, &MacroPlace::command);
    if (place == macro_places.end()) return {};
    const auto chosen = wanted_macros_.find(place->number);
    std::string data(1, command);
    for (const auto& [name, value] : story_.macros)
        if (has_word(chosen == wanted_macros_.end() ? place->names : std::string_view(chosen->second), name))
            data += text(name) + text(value);
    return to_octets('D', data);
}

std::string Conversation::told_of_client() const {
    auto data = text(story_.client_name);
    if (!story_.client) return data + 'U';
    const auto& address = *story_.client;
    data += address.is_v4() ? '4' : '6';
    data += static_cast<char>(story_.port >> 8);
    data += static_cast<char>(story_.port & 0xff);
    return data + text(ip::to_text(address));
}

/// Of the stage and item that it is about now.
std::string Conversation::told() {
    switch (stage_) {
        case Stage::Connect: return macros_for('C') + to_octets('C', told_of_client());
        case Stage::Helo: return macros_for('H') + to_octets('H', text(story_.helo));
        case Stage::Mail:
            story_.macros["{mail_addr}"] = story_.reverse_path;
            return macros_for('M') + to_octets('M', text(in_brackets(story_.reverse_path)));
        case Stage::Rcpt:
            story_.macros["{rcpt_addr}"] = story_.recipients[item_];
            return macros_for('R') + to_octets('R', text(in_brackets(story_.recipients[item_])));
        case Stage::Data: return macros_for('T') + to_octets('T');
        case Stage::Header: {
            const auto& [name, value] = story_.fields[item_];
            return to_octets('L', text(name) + text(value_for_filter(value, (protocol_ & leading_space) != 0)));
        }
        case Stage::EndOfHeader: return to_octets('N');
        case Stage::EndOfBody: return macros_for('E') + to_octets('E');
        case Stage::Negotiate:
        case Stage::Body: break;
    }
    return {};
}

std::string Conversation::body(std::string_view piece) {
    if (stage_ != Stage::Body || is_awaited_) return {};
    if (piece.empty()) {
        advance();
        return {};
    }
    is_awaited_ = !is_unanswered(Stage::Body);
    return to_octets('B', piece.substr(0, longest_body_piece));
}

void Conversation::fail(std::string why) {
    if (!outcome_) outcome_ = std::unexpected(std::move(why));
}

void Conversation::decide(Outcome outcome) { outcome_ = std::move(outcome); }

void Conversation::take(std::string_view octets) {
    reader_.add(octets);
    while (!outcome_) {
        const auto packet = reader_.next();
        if (!packet) return fail(packet.error());
        if (!*packet) return;
        on(**packet);
    }
}

void Conversation::on(const Packet& packet) {
    if (!is_awaited_) return fail("it answers what it was not asked");
    if (stage_ == Stage::Negotiate)
        return packet.command == 'O' ? on_negotiated(packet.data) : fail("it does not negotiate");
    switch (packet.command) {
        case 'p': return;  // it is at work
        case 'c':
            is_awaited_ = false;
            if (stage_ == Stage::EndOfBody) decide({.refusal = {}, .changes = std::move(changes_)});
            return;
        case 'a': return decide({.refusal = {}, .changes = std::move(changes_)});
        case 'd': return decide({.refusal = {}, .discard = true, .changes = {}});
        case 'r': return decide({.refusal = smtp::Reply(550, "5.7.1", "The message is refused"), .changes = {}});
        case 't': return decide({.refusal = smtp::Reply(451, "4.7.1", "Try again later"), .changes = {}});
        case 's':
            if (stage_ != Stage::Body) return fail("it skips what cannot be skipped");
            is_awaited_ = false;
            return advance();
        case 'y': {
            std::string_view data(packet.data);
            const auto said = take_text(data);
            const auto reply = said ? parse_reply_code(*said) : std::nullopt;
            return reply ? decide({.refusal = *reply, .changes = {}})
                         : fail("its reply is none that a client could be given");
        }
        default: return on_change(packet);
    }
}

void Conversation::on_negotiated(std::string_view data) {
    const auto theirs = take_number(data);
    const auto actions = take_number(data);
    const auto protocol = take_number(data);
    if (!protocol || *theirs < 2 || *theirs > version) return fail("it does not speak a version that is known");
    if ((*actions & ~all_actions) != 0 || (*protocol & ~all_protocol & ~0x30000000U) != 0)
        return fail("it wants what was not offered");
    while (!data.empty()) {
        const auto stage = take_number(data);
        const auto names = stage ? take_text(data) : std::nullopt;
        if (!names || wanted_macros_.size() > 16) return fail("its choice of macros cannot be read");
        wanted_macros_[*stage] = *names;
    }
    actions_ = *actions;
    protocol_ = *protocol;
    is_awaited_ = false;
    advance();
}

void Conversation::on_change(const Packet& packet) {
    std::string_view data(packet.data);
    const auto is_number_first = packet.command == 'i' || packet.command == 'm';
    const auto place = is_number_first ? take_number(data) : std::optional<std::uint32_t>(0);
    if (stage_ != Stage::EndOfBody) return fail("it wants something changed before it has heard all");
    octets_of_changes_ += packet.data.size();
    if (changes_.size() >= most_changes || octets_of_changes_ > most_octets_of_changes)
        return fail("it wants too much changed");
    if (packet.command == 'b') {
        if ((actions_ & may_change_body) == 0) return fail("it replaces the body without having said so");
        if (!changes_.empty())
            if (auto* body = std::get_if<ReplaceBody>(&changes_.back())) {
                // Nobody can carry it out, so no more of it is kept than tells what it would be.
                if (body->octets.size() < most_of_a_body) body->octets += packet.data;
                return;
            }
        changes_.emplace_back(ReplaceBody{packet.data});
        return;
    }
    const auto first = take_text(data);
    if (!place || !first) return fail("it wants something changed and does not say what");
    const auto may = [this](std::uint32_t action) { return (actions_ & action) != 0; };
    const auto second = take_text(data);
    const auto add = [this](bool is_allowed, Change change) {
        if (!is_allowed) return fail("it wants something changed without having said so");
        changes_.push_back(std::move(change));
    };
    const std::string name(*first);
    auto value = std::string(second.value_or(""));
    if (!value.empty() && (protocol_ & leading_space) == 0) value.insert(0, 1, ' ');
    const bool has_both = second.has_value();
    switch (packet.command) {
        case 'h': return add(may(may_add_fields) && has_both, AddField{name, value});
        case 'i': return add(may(may_add_fields) && has_both, InsertField{*place, name, value});
        case 'm':
            return add(may(may_change_fields) && has_both && *place >= 1 && *place <= 0x7fffffff,
                       ChangeField{*place, name, value});
        case '+': return add(may(may_add_recipients), AddRecipient{name});
        case '2': return add(may(may_add_recipients_with_parameters), AddRecipient{name});
        case '-': return add(may(may_delete_recipients), DeleteRecipient{name});
        case 'e': return add(may(may_change_sender), ChangeSender{name});
        case 'q': return add(may(may_quarantine), Quarantine{name});
        default: return fail("it says what nobody knows");
    }
}

}  // namespace milter
