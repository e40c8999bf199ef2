#include "list/run.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>

#include "check/arguments.h"
#include "config/quantity.h"
#include "lang/try.h"
#include "lang/verify.h"
#include "list/deliver.h"
#include "list/fits.h"
#include "list/place.h"
#include "lists/address.h"
#include "lists/posting.h"
#include "smtp/path.h"
#include "text/ascii.h"
#include "text/escape.h"
#include "text/hex.h"
#include "text/idna.h"
#include "text/utf8.h"

namespace list {
namespace {

using listbook::Role;

struct Request {
    check::ConfigurationPath configuration;
    std::string list;
    std::vector<std::string> addresses;
    std::vector<std::string> owners, no_owners, moderators, no_moderators;
    std::optional<std::string> description, posting, others, subscription, unsubscribe_url;
    std::optional<std::string> subject_prefix, footer_file, rewrite_from;
    std::optional<std::string> footer;  // what is in the file
    std::optional<std::uint64_t> message_size;
    Delivery delivery;
    std::string resolver;  // as [dns] has it
    std::uint32_t dns_timeout = 30;
};

constexpr std::uint64_t largest_posting = std::uint64_t{100} << 20;

template <typename Enum>
std::vector<std::string> names_of(Enum) {
    std::vector<std::string> names;
    for (const auto& choice : lists::choices(Enum{})) names.emplace_back(choice.name);
    return names;
}

template <typename Enum>
void choose(const std::optional<std::string>& text, Enum& value) {
    for (const auto& choice : lists::choices(value))
        if (text && choice.name == *text) value = choice.value;
}

Result<std::string> canonical(const std::string& text) {
    const auto mailbox = smtp::parse_mailbox(text, smtp::Utf8::Allowed);
    if (!mailbox) return refuse(2, fmt::format("\"{}\" is no address", text::escaped(text)));
    return smtp::to_text(*mailbox);
}

Result<> set_description(lists::List& list, const std::string& text) {
    if (!text::is_utf8(text) || text.size() > 200 || std::ranges::any_of(text, text::is_control))
        return refuse(2, "a description is one line of text, of 200 octets at most");
    list.description = text;
    return {};
}

Result<> set_url(lists::List& list, const std::string& url) {
    const bool is_good =
        url.starts_with("https://") && url.contains("{token}") && url.size() < 500 &&
        std::ranges::all_of(url, [](char c) { return text::is_graphic(c) && c != '<' && c != '>' && c != ','; });
    if (!url.empty() && !is_good) return refuse(2, "the URL begins with https:// and has {token} in it (RFC 8058)");
    list.unsubscribe_url = url;
    return {};
}

Result<> set_footer(lists::List& list, std::string footer) {
    std::erase(footer, '\r');
    if (!footer.empty() && !footer.ends_with('\n')) footer += '\n';
    if (!lists::is_footer(footer))
        return refuse(2, fmt::format("a footer is text in UTF-8, of {} octets at most, in lines of {} at most",
                                     lists::longest_footer, lists::longest_footer_line));
    list.footer = std::move(footer);
    return {};
}

Result<> set(const Request& request, lists::List& list) {
    if (request.description) TRY(set_description(list, *request.description));
    if (request.unsubscribe_url) TRY(set_url(list, *request.unsubscribe_url));
    if (request.message_size) list.message_size = *request.message_size;
    if (request.subject_prefix) {
        if (!lists::is_subject_prefix(*request.subject_prefix))
            return refuse(2, fmt::format("a prefix is a word or two in UTF-8, of {} octets at most",
                                         lists::longest_subject_prefix));
        list.subject_prefix = *request.subject_prefix;
    }
    if (request.footer) TRY(set_footer(list, *request.footer));
    choose(request.rewrite_from, list.rewrite_from);
    choose(request.posting, list.posting);
    choose(request.others, list.others);
    choose(request.subscription, list.subscription);
    return {};
}

Result<> set_people(const Request& request, Place& place, std::int64_t id) {
    const auto each = [&](const std::vector<std::string>& texts, Role role, auto change) -> Result<> {
        for (const auto& text : texts) {
            const auto address = TRY(canonical(text));
            static_cast<void>(TRY(known((place.database().*change)(id, role, address))));
        }
        return {};
    };
    TRY(each(request.owners, Role::Owner, &listbook::Database::add_person));
    TRY(each(request.moderators, Role::Moderator, &listbook::Database::add_person));
    TRY(each(request.no_owners, Role::Owner, &listbook::Database::remove_person));
    TRY(each(request.no_moderators, Role::Moderator, &listbook::Database::remove_person));
    if (TRY(known(place.database().people(id, Role::Owner))).empty())
        return refuse(1, "a list has an owner, whom people and errors can reach: --owner ADDRESS");
    return {};
}

std::string random_secret() {
    char octets[32];
    VERIFY(::getrandom(octets, sizeof octets, 0) == sizeof octets);
    return text::to_hex({octets, sizeof octets});
}

Result<lists::List> new_list(const Request& request) {
    const auto address = TRY(canonical(request.list));
    const auto at = address.rfind('@');
    lists::List list;
    list.name = text::lower(address.substr(0, at));
    list.domain = text::lower(address.substr(at + 1));
    if (!lists::is_list_name(list.name))
        return refuse(
            2, fmt::format("a list's name has letters, digits, and \"-\", \"_\" or \".\" between them, {} in all at "
                           "most, and does not end as the addresses beside a list do (-request, -owner, …)",
                           lists::longest_list_name));
    if (list.domain.starts_with('[')) return refuse(2, "a list belongs to a domain");
    list.secret = random_secret();
    TRY(set(request, list));
    return list;
}

/// Its copies are then in its own name, and nothing but SPF would prove it.
void warn_of_missing_signature(const Place& place, const lists::List& list) {
    const bool is_changing = !list.subject_prefix.empty() || !list.footer.empty();
    const bool may_be_author = list.rewrite_from == lists::RewriteFrom::Always ||
                               (list.rewrite_from == lists::RewriteFrom::WhenNeeded && is_changing);
    if (!may_be_author || place.is_signed_for(address_of(list))) return;
    fmt::print(
        stderr,
        "hermod list: with the list's address in From, mail is not signed (DKIM): see dkim.sign, and hermod dkim "
        "rotate {}\n",
        list.domain);
}

/// Before the command becomes the user of lists, who may not read it.
Result<> read_footer(Request& request) {
    if (!request.footer_file) return {};
    const auto& path = *request.footer_file;
    std::ifstream file;
    if (path != "-" && !path.empty()) file.open(path, std::ios::binary);
    if (path != "-" && !path.empty() && !file) return refuse(2, fmt::format("{} cannot be read", text::escaped(path)));
    std::string text(lists::longest_footer + 1, '\0');
    std::istream& stream = path == "-" ? std::cin : static_cast<std::istream&>(file);
    if (!path.empty()) stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(path.empty() ? 0 : static_cast<std::size_t>(stream.gcount()));
    request.footer = std::move(text);
    return {};
}

Result<> create(const Request& request) {
    const auto list = TRY(new_list(request));
    TRY(fits(request.configuration.path, address_of(list), request.owners));
    auto place = TRY(Place::open(request.configuration.path, Place::For::Writing));
    TRY(place.commit([&]() -> Result<> {
        const auto id = TRY(known(place.database().add(list, place.now())));
        return set_people(request, place, id);
    }));
    warn_of_missing_signature(place, list);
    return {};
}

Result<> change(const Request& request) {
    auto place = TRY(Place::open(request.configuration.path, Place::For::Writing));
    auto entry = TRY(place.find(request.list));
    TRY(set(request, entry.list));
    TRY(place.commit([&]() -> Result<> {
        TRY(known(place.database().change(entry)));
        return set_people(request, place, entry.id);
    }));
    warn_of_missing_signature(place, entry.list);
    return {};
}

Result<> remove_list(const Request& request) {
    auto place = TRY(Place::open(request.configuration.path, Place::For::Writing));
    const auto entry = TRY(place.find(request.list));
    return place.commit([&] { return known(place.database().remove(entry.id)); });
}

/// "-": the lines of standard input.
std::vector<std::string> addresses_of(const Request& request) {
    if (request.addresses != std::vector<std::string>{"-"}) return request.addresses;
    std::vector<std::string> addresses;
    for (std::string line; std::getline(std::cin, line);)
        if (const auto text = text::trim(std::string_view(line).substr(0, line.find('\r'))); !text.empty())
            addresses.emplace_back(text);
    return addresses;
}

Result<> add(const Request& request) {
    auto place = TRY(Place::open(request.configuration.path, Place::For::Writing));
    const auto entry = TRY(place.find(request.list));
    return place.commit([&]() -> Result<> {
        for (const auto& text : addresses_of(request)) {
            const auto address = TRY(canonical(text));
            if (text::equal_ignoring_case(address, address_of(entry.list)))
                return refuse(1, fmt::format("{} would be a member of itself", address));
            if (!TRY(known(place.database().add_member(entry.id, address, place.now()))))
                fmt::print(stderr, "hermod list: {} is a member already\n", text::escaped(address));
        }
        return {};
    });
}

Result<> remove(const Request& request) {
    auto place = TRY(Place::open(request.configuration.path, Place::For::Writing));
    const auto entry = TRY(place.find(request.list));
    return place.commit([&]() -> Result<> {
        for (const auto& address : addresses_of(request))
            if (!TRY(known(place.database().remove_member(entry.id, address))))
                return refuse(1, fmt::format("{} is no member of {}", text::escaped(address), address_of(entry.list)));
        return {};
    });
}

std::string_view state_text(lists::Health::State state) {
    switch (state) {
        case lists::Health::State::Fine: return "";
        case lists::Health::State::Bouncing: return "  bouncing";
        case lists::Health::State::Warned: return "  bouncing, warned";
        case lists::Health::State::WarningCameBack: return "  bouncing, and so did the warning";
        case lists::Health::State::Probed: return "  bouncing, probed";
    }
    return "";
}

Result<> members(const Request& request) {
    auto place = TRY(Place::open(request.configuration.path, Place::For::Reading));
    const auto entry = TRY(place.find(request.list));
    const auto last = TRY(known(place.database().last_member(entry.id)));
    for (const auto& member : TRY(known(place.database().members(entry.id, 0, last, -1))))
        fmt::print("{}{}\n", text::escaped(member.address), state_text(member.health.state));
    return {};
}

void print_footer(std::string_view footer) {
    for (const char* name = "footer"; !footer.empty(); name = "") {
        const auto end = std::min(footer.find('\n'), footer.size());
        fmt::print("    {:<15}  {}\n", name, text::escaped(footer.substr(0, end)));
        footer.remove_prefix(std::min(end + 1, footer.size()));
    }
}

Result<> print(Place& place, const listbook::Entry& entry) {
    const auto& list = entry.list;
    fmt::print("{}\n", address_of(list));
    fmt::print("    description      {}\n", text::escaped(list.description));
    fmt::print("    posting          {}; others: {}\n", name_of_choice(list.posting), name_of_choice(list.others));
    fmt::print("    subscription     {}\n", name_of_choice(list.subscription));
    fmt::print("    message-size     {}\n", list.message_size);
    if (!list.unsubscribe_url.empty()) fmt::print("    unsubscribe-url  {}\n", list.unsubscribe_url);
    if (!list.subject_prefix.empty()) fmt::print("    subject-prefix   {}\n", text::escaped(list.subject_prefix));
    print_footer(list.footer);
    fmt::print("    rewrite-from     {}\n", name_of_choice(list.rewrite_from));
    for (const auto& owner : TRY(known(place.database().people(entry.id, Role::Owner))))
        fmt::print("    owner            {}\n", text::escaped(owner));
    for (const auto& moderator : TRY(known(place.database().people(entry.id, Role::Moderator))))
        fmt::print("    moderator        {}\n", text::escaped(moderator));
    fmt::print("    members          {}\n", TRY(known(place.database().count_members(entry.id))));
    fmt::print("    held             {}\n", TRY(known(place.database().count_held(entry.id))));
    return {};
}

Result<> show(const Request& request) {
    auto place = TRY(Place::open(request.configuration.path, Place::For::Reading));
    if (!request.list.empty()) return print(place, TRY(place.find(request.list)));
    for (const auto& entry : TRY(known(place.database().all())))
        fmt::print("{}  {}\n", address_of(entry.list), text::escaped(entry.list.description));
    return {};
}

void add_settings(CLI::App& app, Request& request) {
    app.add_option("--owner", request.owners, "Whom people and errors reach; more than one may be given")
        ->type_name("ADDRESS");
    app.add_option("--moderator", request.moderators, "Who decides on held messages; none: the owners")
        ->type_name("ADDRESS");
    app.add_option("--description", request.description, "What it is about, in List-Id and From")->type_name("TEXT");
    app.add_option("--posting", request.posting, "Who may write: anyone, members; moderated: nobody without consent")
        ->check(CLI::IsMember(names_of(lists::Posting())))
        ->type_name("WHO");
    app.add_option("--others", request.others, "What becomes of other messages: hold (for a moderator), reject")
        ->check(CLI::IsMember(names_of(lists::Others())))
        ->type_name("WHAT");
    app.add_option("--subscription", request.subscription, "open: by mail, confirmed; closed: by this command alone")
        ->check(CLI::IsMember(names_of(lists::Subscription())))
        ->type_name("HOW");
    app.add_option("--message-size", request.message_size, "Octets of a message, at most")
        ->check(CLI::Range(std::uint64_t{1024}, largest_posting))
        ->type_name("OCTETS");
    app.add_option("--unsubscribe-url", request.unsubscribe_url,
                   "Where a POST unsubscribes (RFC 8058), with {token} in it; empty: nowhere")
        ->type_name("URL");
    app.add_option("--subject-prefix", request.subject_prefix,
                   "What stands in front of subjects, such as [dev]; empty: nothing")
        ->type_name("TEXT");
    app.add_option("--footer", request.footer_file,
                   "A file with what stands below messages; \"-\": standard input; empty: nothing")
        ->type_name("FILE");
    app.add_option(
           "--rewrite-from", request.rewrite_from,
           "Whether the list is the author: when_needed, where it changed a message whose author's domain wants such "
           "refused (DMARC); always; never")
        ->check(CLI::IsMember(names_of(lists::RewriteFrom())))
        ->type_name("WHEN");
}

using Action = Result<> (*)(const Request&);

CLI::App* add_command(CLI::App& app, Request& request, const char* name, const char* meaning, Action& chosen,
                      Action action) {
    auto* command = app.add_subcommand(name, meaning);
    request.configuration.add_to(*command);
    command->callback([&chosen, action] { chosen = action; });
    return command;
}

void add_commands(CLI::App& app, Request& request, Action& chosen) {
    const auto add_one = [&](const char* name, const char* meaning, Action action) {
        auto* command = add_command(app, request, name, meaning, chosen, action);
        auto* option = command->add_option("LIST", request.list, "Its address");
        if (action != show) option->required();
        return command;
    };
    add_settings(*add_one("create", "make a list", create), request);
    auto* set = add_one("set", "change what a list is", change);
    add_settings(*set, request);
    set->add_option("--no-owner", request.no_owners, "Is an owner no longer")->type_name("ADDRESS");
    set->add_option("--no-moderator", request.no_moderators, "Is a moderator no longer")->type_name("ADDRESS");
    add_one("show", "all lists, or one", show);
    add_one("members", "the members, and whose mail comes back", members);
    for (const auto& [name, meaning, action] : {std::tuple{"add", "make members, without asking them", Action(add)},
                                                std::tuple{"remove", "end memberships", Action(remove)}})
        add_one(name, meaning, action)
            ->add_option("ADDRESS", request.addresses, "Addresses; \"-\": a line each, from standard input")
            ->required();
    add_one("delete", "a list with all its members", remove_list);
}

/// What the server calls. It reads no configuration: that is not for the user that lists run as.
void add_delivery(CLI::App& app, Request& request, bool& chosen) {
    auto* command = app.add_subcommand("deliver", "one message, as the server hands it over")->group("");
    command->add_option("--folder", request.delivery.folder)->required();
    command->add_option("--drop", request.delivery.drop_directory)->required();
    command->add_option("--hostname", request.delivery.hostname)->required();
    command->add_option("--resolver", request.resolver);
    command->add_option("--trust-anchors", request.delivery.dns.trust_anchors);
    command->add_option("--dns-table", request.delivery.dns.table);
    command->add_option("--dns-timeout", request.dns_timeout);
    command->callback([&chosen] { chosen = true; });
}

}  // namespace

int run(std::span<char*> arguments) {
    CLI::App app("Mailing lists: made, changed and looked after", "hermod list");
    Request request;
    Action chosen = nullptr;
    bool delivers = false;
    add_commands(app, request, chosen);
    add_delivery(app, request, delivers);
    app.require_subcommand(1);
    if (const auto status = check::parse(app, arguments)) return *status;
    if (delivers) {
        if (const auto server = config::Text<site::Resolver>::parse(request.resolver))
            request.delivery.dns.resolver = *server;
        request.delivery.dns.timeout = std::chrono::seconds(request.dns_timeout);
        return deliver(request.delivery);
    }
    if (const auto read = read_footer(request); !read) return account::report("hermod list", read);
    return account::report("hermod list", chosen(request));
}

}  // namespace list
