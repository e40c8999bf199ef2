#include <fmt/format.h>

#include <algorithm>

#include "ip/address.h"
#include "lang/overloaded.h"
#include "milter/conversation.h"
#include "mime/header.h"
#include "policyd/scanner_talk.h"
#include "text/ascii.h"
#include "text/escape.h"

namespace policyd {
namespace {

constexpr std::size_t longest_header = 1024 * 1024;
constexpr std::size_t longest_name = 200;
constexpr std::size_t piece_size = 64 * 1024;

/// The message as filters are told of it.
struct Divided {
    std::vector<std::pair<std::string, std::string>> fields;
    std::uint64_t body = 0;  // in the content
};

std::expected<Divided, std::string> divide(const ContentScene& scene) {
    std::string text = scene.head;
    std::string piece;
    std::uint64_t at = 0;
    for (; !mime::divide(text).has_empty_line && at < scene.content.size(); at += piece.size()) {
        if (text.size() > longest_header) return std::unexpected("the header of the message is too long");
        if (!scene.content.read_at(at, piece)) return std::unexpected(std::string(unreadable_message));
        text += piece;
    }
    const auto division = mime::divide(text);
    Divided divided;
    mime::FieldScanner fields(std::string_view(text).substr(0, division.header));
    while (const auto field = fields.next())
        if (!field->name.empty()) divided.fields.emplace_back(field->name, field->value);
    divided.body = division.has_empty_line ? division.body - scene.head.size() : scene.content.size();
    return divided;
}

std::map<std::string, std::string> macros_of(const ContentScene& scene) {
    const auto& asked = scene.asked;
    std::map<std::string, std::string> macros{{"j", scene.config.hostname},
                                              {"v", "Hermod"},
                                              {"{daemon_name}", "hermod"},
                                              {"i", fmt::format("{:08X}", asked.ticket)}};
    if (asked.bringer == Bringer::Account) {
        macros["{auth_authen}"] = asked.account;
        macros["{auth_type}"] = "PLAIN";
    }
    if (const auto space = asked.tls.find(' '); space != std::string::npos) {
        macros["{tls_version}"] = asked.tls.substr(0, space);
        macros["{cipher}"] = asked.tls.substr(space + 1);
    }
    return macros;
}

/// Programs here are told of as a client of this machine is, as filters know it from others.
milter::Story story_of(const ContentScene& scene, std::vector<std::pair<std::string, std::string>> fields) {
    const auto& asked = scene.asked;
    milter::Story story{.client_name = asked.client ? fmt::format("[{}]", ip::to_text(*asked.client)) : "localhost",
                        .client = asked.client ? *asked.client : ip::v4(0x7f000001),
                        .port = asked.port,
                        .helo = asked.helo,
                        .reverse_path = asked.reverse_path,
                        .recipients = asked.recipients,
                        .fields = std::move(fields),
                        .macros = macros_of(scene)};
    story.macros["_"] = story.client_name;
    return story;
}

/// Hostile: it could end the field, or the header.
std::optional<std::string> field_of(const std::string& name, const std::string& value) {
    const bool is_name = !name.empty() && name.size() <= longest_name &&
                         std::ranges::all_of(name, [](char c) { return text::is_graphic(c) && c != ':'; });
    if (!is_name) return std::nullopt;
    std::string field = name + ":";
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool is_fold = value[i] == '\n' && i + 1 < value.size() && text::is_blank(value[i + 1]);
        if (is_fold)
            field += "\r\n";
        else if (value[i] != '\r')
            field += text::is_control(value[i]) && value[i] != '\t' ? '?' : value[i];
    }
    return field + "\r\n";
}

/// Fields that it adds go on top of the message; others are as they were signed.
class Changes {
public:
    explicit Changes(const milter::Story& story) : fields_(story.fields) {}

    void make(const milter::Change& change) {
        std::visit(Overloaded{[&](const milter::AddField& field) { add(field.name, field.value); },
                              [&](const milter::InsertField& field) { add(field.name, field.value); },
                              [&](const milter::ChangeField& field) { make_of_field(field); },
                              [&](const milter::Quarantine& wish) { quarantine = wish.reason; },
                              [&](const auto& other) { refuse(milter::describe(other)); }},
                   change);
    }

    std::string head;
    std::optional<std::string> quarantine;
    std::string not_made;

private:
    void refuse(std::string_view what) {
        if (!not_made.contains(what)) not_made += (not_made.empty() ? "" : ", ") + std::string(what);
    }
    void add(const std::string& name, const std::string& value) {
        const auto field = field_of(name, value);
        if (field && head.size() + field->size() <= longest_head) return void(head += *field);
        refuse("a field that cannot be one");
    }
    void make_of_field(const milter::ChangeField& change) {
        const auto is_it = [&](const auto& field) { return text::equal_ignoring_case(field.first, change.name); };
        if (std::ranges::count_if(fields_, is_it) >= static_cast<std::ptrdiff_t>(change.number))
            return refuse(milter::describe(change));
        if (!change.value.empty()) add(change.name, change.value);  // where there is none to change
    }

    const std::vector<std::pair<std::string, std::string>>& fields_;
};

ContentFinding finding_of(const site::Scanner& scanner, const milter::Story& story, const milter::Outcome& outcome) {
    ContentFinding finding{.stage = scanner.name, .reason = {}};
    if (outcome.discard) {
        finding.wish = Wish::Discard;
        finding.reason = "discard";
        return finding;
    }
    if (outcome.refusal) {
        finding.wish = outcome.refusal->is_permanent() ? Wish::Reject : Wish::Defer;
        finding.reply = outcome.refusal;
        finding.reason = fmt::format("{} {}", outcome.refusal->code, text::escaped(outcome.refusal->text, 200));
        return finding;
    }
    Changes changes(story);
    for (const auto& change : outcome.changes) changes.make(change);
    if (!changes.not_made.empty() && !changes.quarantine)
        return unscanned(scanner, "it wants " + changes.not_made + ", and that cannot be done");
    finding.head = std::move(changes.head);
    if (changes.quarantine) {
        finding.wish = Wish::Junk;
        finding.reason = "quarantine: " + *changes.quarantine;
    }
    return finding;
}

}  // namespace

net::Task<Talked> talk_to_milter(Talk talk) {
    auto divided = divide(talk.scene);
    if (!divided) co_return std::unexpected(std::move(divided.error()));
    const auto story = story_of(talk.scene, std::move(divided->fields));
    milter::Conversation conversation(story);
    std::uint64_t at = divided->body;
    for (;;) {
        const auto step = conversation.next();
        std::string octets;
        if (std::holds_alternative<milter::Done>(step)) break;
        if (std::holds_alternative<milter::Wait>(step)) {
            co_await talk.stream.read_some(octets, piece_size);
            conversation.take(octets);
            continue;
        }
        if (const auto* send = std::get_if<milter::Send>(&step)) {
            octets = send->octets;
        } else {
            std::string piece;
            if (at < talk.scene.content.size() && !talk.scene.content.read_at(at, piece))
                co_return std::unexpected(std::string(unreadable_message));
            piece.resize(std::min(piece.size(), milter::longest_body_piece));
            at += piece.size();
            octets = conversation.body(piece);
        }
        if (!octets.empty()) co_await say(talk, octets);
    }
    talk.stream.send_last(milter::farewell());
    if (!conversation.outcome()) co_return std::unexpected(conversation.outcome().error());
    co_return finding_of(talk.scanner, story, *conversation.outcome());
}

}  // namespace policyd
