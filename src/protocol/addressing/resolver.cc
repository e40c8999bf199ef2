#include "addressing/resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <set>
#include <unordered_set>
#include <utility>

#include "smtp/limits.h"
#include "text/ascii.h"

namespace addressing {
namespace {

using Kind = Delivery::Kind;

std::string key_of(const smtp::Mailbox& address) { return text::lower(address.local_part) + "@" + address.domain; }

/// One address on its way, with what led to it.
struct Node {
    smtp::Mailbox address;
    std::size_t from = 0;          // the node that led here; its own index: the recipient itself
    bool is_final = false;         // no alias is looked at: "\ann", or an alias that names itself
    unsigned length = 0;           // of the chain
    std::size_t step = 0;          // by which it leads on
    std::string sender = {};       // of what goes through here
    std::string domain = {};       // the virtual domain that it comes from; its owner's mail keeps that name
    bool is_senders_word = false;  // its domain stood in the address that was asked for
};

constexpr std::string_view owner_before = "owner-";
constexpr std::string_view owner_behind = "-owner";
constexpr std::string_view any = "-default";
constexpr std::string_view verp_mark = "-@[]";

/// "list-owner-@here-@[]" for ann@there: "list-owner-ann=there@here" (qmail's VERP).
std::string for_one(const std::string& sender, const smtp::Mailbox& recipient) {
    if (!sender.ends_with(verp_mark)) return sender;
    const auto plain = std::string_view(sender).substr(0, sender.size() - verp_mark.size());
    const auto at = plain.rfind('@');
    const auto address = smtp::to_text(recipient);
    const auto recipient_at = address.rfind('@');
    const auto one = fmt::format("{}{}={}{}", plain.substr(0, at), address.substr(0, recipient_at),
                                 address.substr(recipient_at + 1), plain.substr(at));
    // A name that needs quotes, or is too long with the other's: the list's own then.
    const bool is_portable = one.rfind('@') <= smtp::portable_local_part;
    if (is_portable && smtp::parse_mailbox(one, smtp::Utf8::Allowed)) return one;
    return fmt::format("{}{}", plain.substr(0, at - 1), plain.substr(at));
}

class Walk {
public:
    Walk(const Book& book, const Rules& rules) : book_(book), rules_(rules) {}

    Resolution run(const smtp::Mailbox& address, bool is_final) {
        nodes_.push_back({.address = address, .is_final = is_final});
        for (std::size_t at = 0; at < nodes_.size() && !is_later_; ++at) follow(at);
        for (const auto& node : nodes_) result_.visits.push_back({node.step, node.from});
        conclude();
        return std::move(result_);
    }

private:
    void follow(std::size_t at);
    void follow_here(std::size_t at, const Domain& domain);
    void pass_on(std::size_t at, const Domain& domain);
    bool follow_alias(std::size_t at, const Domain& domain, std::string_view local_part);
    bool follow_pattern(std::size_t at);
    Entry<Alias> find_alias(std::size_t at, const Domain& domain, std::string_view local_part) const;
    bool follow_found(std::size_t at, const Entry<Alias>& alias, std::string_view kind);
    void set_sender(std::size_t at, const Domain& domain, std::string_view local_part);
    bool follow_account(std::size_t at, const Domain& domain, std::string_view local_part, std::string_view extension);
    bool follow_without_extension(std::size_t at, const Domain& domain);
    void follow_target(std::size_t at, const Target& target, const Place& place);
    void lead(std::size_t from, smtp::Mailbox to, bool is_final = false);
    void lead_to_owner(std::size_t from, std::string local_part);
    void lead_text(std::size_t from, const std::string& text, bool is_final, const Place& place);
    bool rewrite(std::size_t at);
    Entry<Domain> domain_of(const smtp::Mailbox& address) const;
    void put_off(std::size_t at, std::string what);
    bool goes_round(std::size_t from, const std::string& key);
    void deliver(std::size_t at, Delivery delivery, bool has_instructions = false);
    void note(std::size_t at, std::string finding, const Place& place = {});
    void conclude();

    const Book& book_;
    const Rules& rules_;
    const Domain own_;  // of the host's own name and addresses, where nothing is said of them
    std::deque<Node> nodes_;
    std::unordered_set<std::string> seen_;      // addresses that were followed
    std::unordered_set<std::string> included_;  // files of members
    std::set<std::string> delivered_;
    Resolution result_;
    bool goes_round_ = false;
    bool is_in_members_ = false;
    bool is_later_ = false;
    bool is_disabled_ = false;
};

void Walk::note(std::size_t at, std::string finding, const Place& place) {
    nodes_[at].step = result_.steps.size();
    result_.steps.push_back({smtp::to_text(nodes_[at].address), std::move(finding), place});
}

/// "user%there@here" is user@there, where the administrator of here says so (RFC 1123 §5.2.16 does not like it).
bool Walk::rewrite(std::size_t at) {
    bool is_rewritten = false;
    auto& address = nodes_[at].address;
    if (address.domain.empty()) {
        address.domain = rules_.hostname;
        note(at, "has no domain: this host's");
    }
    while (std::ranges::find(rules_.percent, address.domain) != rules_.percent.end()) {
        const auto percent = address.local_part.rfind('%');
        if (percent == std::string::npos) return is_rewritten;
        auto inner = smtp::parse_mailbox(
            address.local_part.substr(0, percent) + "@" + address.local_part.substr(percent + 1), smtp::Utf8::Allowed);
        if (!inner) return is_rewritten;
        note(at, fmt::format("is {} here", smtp::to_text(*inner)));
        address = *std::move(inner);
        is_rewritten = true;
    }
    return is_rewritten;
}

Entry<Domain> Walk::domain_of(const smtp::Mailbox& address) const {
    if (address.literal) return book_.is_own(*address.literal) ? &own_ : nullptr;
    return book_.domain(address.domain);
}

void Walk::put_off(std::size_t at, std::string what) {
    note(at, std::move(what) + " cannot be found out now");
    is_later_ = true;
}

void Walk::follow(std::size_t at) {
    const bool is_rewritten = rewrite(at);
    const auto& address = nodes_[at].address;
    const auto domain = domain_of(address);
    if (domain.is_unknown()) return put_off(at, "whether its domain is one of ours");
    if (!domain) {
        note(at, "is not of a domain of this server: to be relayed");
        // Hostile: a local part that names another domain is the stranger's own word, whatever led it here.
        if (at == 0 || is_rewritten || nodes_[at].is_senders_word) result_.is_foreign = true;
        return deliver(at, {.kind = Kind::Relay, .address = address, .account = {}, .extension = {}, .text = {}});
    }
    // A final address may be followed beside the alias of the same name that led to it.
    if (!seen_.insert((nodes_[at].is_final ? "\\" : "") + key_of(address)).second) return;
    if (!domain->same_as.empty()) {
        note(at, fmt::format("{} is the same as {}", address.domain, domain->same_as), domain->place);
        return lead(at, {.local_part = address.local_part, .domain = domain->same_as, .literal = {}},
                    nodes_[at].is_final);
    }
    follow_here(at, *domain);
}

void Walk::follow_here(std::size_t at, const Domain& domain) {
    const auto local_part = text::lower(nodes_[at].address.local_part);
    if (!nodes_[at].is_final && (follow_alias(at, domain, local_part) || follow_pattern(at))) return;
    if (domain.is_relayed) return pass_on(at, domain);
    if (follow_account(at, domain, local_part, {}) || follow_without_extension(at, domain)) return;
    const bool is_owners = !domain.owner.empty() && local_part.starts_with(domain.owner + "-");
    if (nodes_[at].is_final && is_owners) {
        note(at, fmt::format("{} belongs to {}", nodes_[at].address.domain, domain.owner), domain.place);
        return lead_to_owner(at, local_part);
    }
    if (nodes_[at].is_final) {
        note(at, "no such mailbox");
    } else if (!domain.owner.empty()) {
        note(at, fmt::format("{} belongs to {}", nodes_[at].address.domain, domain.owner), domain.place);
        return lead_to_owner(at, domain.owner + "-" + local_part);
    } else if (!domain.catch_all.empty()) {
        note(at, fmt::format("the catch-all of {}", nodes_[at].address.domain), domain.place);
        return lead_text(at, domain.catch_all, false, domain.place);
    } else {
        note(at, "no such mailbox", domain.place);
    }
    const auto& address = nodes_[at].address;
    if (at > 0) deliver(at, {.kind = Kind::Nobody, .address = address, .account = {}, .extension = {}, .text = {}});
}

void Walk::pass_on(std::size_t at, const Domain& domain) {
    const auto& address = nodes_[at].address;
    note(at, fmt::format("{} is relayed for anybody", address.domain), domain.place);
    deliver(at, {.kind = Kind::Relay, .address = address, .account = {}, .extension = {}, .text = {}});
}

Entry<Alias> Walk::find_alias(std::size_t at, const Domain& domain, std::string_view local_part) const {
    auto alias = book_.alias(fmt::format("{}@{}", local_part, nodes_[at].address.domain));
    if (!alias && !alias.is_unknown() && domain.has_users) alias = book_.alias(local_part);
    return alias;
}

bool Walk::follow_alias(std::size_t at, const Domain& domain, std::string_view local_part) {
    auto alias = find_alias(at, domain, local_part);
    const auto owner = local_part.find("-owner-");
    const bool may_be_variable = owner != std::string_view::npos && owner > 0 && !local_part.ends_with(any);
    if (!alias && !alias.is_unknown() && may_be_variable)
        alias = find_alias(at, domain, std::string(local_part.substr(0, owner)).append(owner_behind).append(any));
    else if (alias)
        set_sender(at, domain, local_part);
    return follow_found(at, alias, "an alias");
}

bool Walk::follow_pattern(std::size_t at) {
    // Hostile: with its quotes, where it needs some, so that nothing in them is taken for the address's own signs.
    return follow_found(at, book_.pattern(text::lower(smtp::to_text(nodes_[at].address))), "matches a pattern");
}

bool Walk::follow_found(std::size_t at, const Entry<Alias>& alias, std::string_view kind) {
    if (alias.is_unknown()) {
        put_off(at, "whether there is such an alias");
        return true;
    }
    if (!alias) return false;
    std::string targets;
    for (const auto& target : alias->targets) targets += (targets.empty() ? "" : ", ") + to_text(target);
    note(at, fmt::format("{}: leads to {}", kind, targets), alias->place);
    nodes_[at].is_senders_word = alias->is_senders_word;
    for (const auto& target : alias->targets) follow_target(at, target, alias->place);
    return true;
}

/// Of what goes through a list that has an owner: "owner-list" as Sendmail and Postfix have it, "list-owner" as qmail.
void Walk::set_sender(std::size_t at, const Domain& domain, std::string_view local_part) {
    const bool is_owner =
        local_part.starts_with(owner_before) || local_part.ends_with(owner_behind) || local_part.ends_with(any);
    if (is_owner) return;
    const auto exists = [&](const std::string& name) {
        const auto found = find_alias(at, domain, name);
        is_later_ = is_later_ || found.is_unknown();
        return static_cast<bool>(found);
    };
    const auto before = std::string(owner_before).append(local_part);
    const auto behind = std::string(local_part).append(owner_behind);
    const auto& here = nodes_[at].address.domain;
    if (exists(before))
        nodes_[at].sender = fmt::format("{}@{}", before, here);
    else if (exists(behind))
        nodes_[at].sender = exists(behind + std::string(any)) ? fmt::format("{}-@{}{}", behind, here, verp_mark)
                                                              : fmt::format("{}@{}", behind, here);
}

void Walk::follow_target(std::size_t at, const Target& target, const Place& place) {
    const auto& address = nodes_[at].address;
    const auto deliver_to = [&](Kind kind) {
        // Hostile: a file of members may be anybody's to edit, who is not to run programs here for that.
        if (is_in_members_) return note(at, fmt::format("{} is not taken from members", to_text(target)), place);
        deliver(at, {.kind = kind, .address = address, .account = {}, .extension = {}, .text = target.text});
    };
    switch (target.kind) {
        case Target::Kind::Address: return lead_text(at, target.text, false, place);
        case Target::Kind::Mailbox: return lead_text(at, target.text, true, place);
        case Target::Kind::Program: return deliver_to(Kind::Program);
        case Target::Kind::File: return deliver_to(Kind::File);
        case Target::Kind::Folder: return deliver_to(Kind::Folder);
        case Target::Kind::Include: break;
    }
    if (!included_.insert(target.text).second) return;
    const auto* members = book_.members(target.text);
    if (!members) {
        note(at, "the members cannot be read", {target.text});
        is_later_ = true;  // rather than that some of them never hear of it
        return;
    }
    note(at, fmt::format("{} members", members->size()), {target.text});
    is_in_members_ = true;
    for (const auto& member : *members)
        if (member.kind != Target::Kind::Include) follow_target(at, member, {target.text});
    is_in_members_ = false;
}

/// Mail of a virtual domain is its owner's, by his name in front; it goes on bearing the name of that domain.
void Walk::lead_to_owner(std::size_t from, std::string local_part) {
    const auto before = nodes_.size();
    const auto domain = nodes_[from].address.domain;
    lead(from, {.local_part = std::move(local_part), .domain = rules_.hostname, .literal = {}}, nodes_[from].is_final);
    if (nodes_.size() > before) nodes_.back().domain = domain;
}

/// To an address as a rule has it: with a domain, or of this system.
void Walk::lead_text(std::size_t from, const std::string& text, bool is_final, const Place& place) {
    if (text.find('@') == std::string::npos)
        return lead(from, {.local_part = text, .domain = rules_.hostname, .literal = {}}, is_final);
    auto address = smtp::parse_mailbox(text, smtp::Utf8::Allowed);
    if (!address) return note(from, fmt::format("\"{}\" is no address", text), place);
    lead(from, *std::move(address), is_final);
}

void Walk::lead(std::size_t from, smtp::Mailbox to, bool is_final) {
    const auto key = key_of(to);
    if (key == key_of(nodes_[from].address) && !nodes_[from].is_final && !is_in_members_) {
        is_final = true;  // "ann: ann, bob": herself too; but a list among its own members is a slip
    } else if (!is_final && goes_round(from, key)) {
        return;
    }
    if (nodes_[from].length >= longest_chain || nodes_.size() >= most_targets) {
        goes_round_ = true;
        return note(from, "leads too far");
    }
    nodes_.push_back({.address = std::move(to),
                      .from = from,
                      .is_final = is_final,
                      .length = nodes_[from].length + 1,
                      .sender = nodes_[from].sender,
                      .is_senders_word = nodes_[from].is_senders_word});
}

/// Whether the address led here itself.
bool Walk::goes_round(std::size_t from, const std::string& key) {
    Round round;
    for (auto at = from;; at = nodes_[at].from) {
        round.push_back(result_.steps[nodes_[at].step]);
        if (key_of(nodes_[at].address) == key) break;
        if (nodes_[at].from == at) return false;
    }
    std::ranges::reverse(round);
    result_.rounds.push_back(std::move(round));
    const auto step = nodes_[from].step;
    note(from, fmt::format("leads back to {}: goes round", key));
    nodes_[from].step = step;
    goes_round_ = true;
    return true;
}

bool Walk::follow_account(std::size_t at, const Domain& domain, std::string_view local_part,
                          std::string_view extension) {
    const auto& address = nodes_[at].address;
    auto existence = book_.mailbox(local_part, address.domain);
    const bool is_user = existence == Existence::No && domain.has_users;
    if (is_user) existence = book_.user(local_part);
    if (existence == Existence::No) return false;
    if (existence == Existence::Unknown) {
        put_off(at, "whether there is such a mailbox");
        return true;
    }
    auto account = is_user ? std::string(local_part) : fmt::format("{}@{}", local_part, address.domain);
    if (existence == Existence::Disabled) {
        note(at, fmt::format("the mailbox {} is disabled", account), domain.place);
        is_disabled_ = true;
        if (at > 0) deliver(at, {.kind = Kind::Nobody, .address = address, .account = {}, .extension = {}, .text = {}});
        return true;
    }
    auto place = is_user ? Place{} : book_.place_of_mailbox(local_part, address.domain);
    if (place.file.empty()) place = domain.place;
    note(at, is_user ? fmt::format("the user {} of this system", account) : "the mailbox " + account, place);
    auto as_delivered = address;
    if (!nodes_[at].domain.empty()) as_delivered.domain = nodes_[at].domain;
    deliver(at,
            {.kind = Kind::Mailbox,
             .address = std::move(as_delivered),
             .account = std::move(account),
             .extension = std::string(extension),
             .text = {}},
            domain.has_instructions);
    return true;
}

bool Walk::follow_without_extension(std::size_t at, const Domain& domain) {
    const auto local_part = text::lower(nodes_[at].address.local_part);
    for (auto end = local_part.find_last_of(domain.delimiters); end != std::string::npos && end > 0;
         end = local_part.find_last_of(domain.delimiters, end - 1)) {
        const auto base = std::string_view(local_part).substr(0, end);
        if (!nodes_[at].is_final && follow_alias(at, domain, base)) return true;
        if (!book_.takes_extension(base, nodes_[at].address.domain, local_part[end])) continue;
        if (follow_account(at, domain, base, std::string_view(local_part).substr(end + 1))) return true;
    }
    return false;
}

void Walk::deliver(std::size_t at, Delivery delivery, bool has_instructions) {
    const bool has_place = delivery.kind == Kind::Mailbox || !delivery.text.empty();
    auto place = has_place ? delivery.account + delivery.text : key_of(delivery.address);
    // Who has instructions for his extensions has them carried out for each.
    if (has_instructions && !delivery.extension.empty()) place += " " + text::lower(delivery.extension);
    if (!delivered_.insert(fmt::format("{} {}", std::to_underlying(delivery.kind), place)).second) return;
    delivery.sender = for_one(nodes_[at].sender, delivery.address);
    result_.deliveries.push_back(std::move(delivery));
    result_.visit_of.push_back(at);
}

void Walk::conclude() {
    const auto refuse = [&](std::uint16_t code, std::string enhanced, std::string text) {
        result_.reply = {code, std::move(enhanced), std::move(text)};
        result_.deliveries.clear();
        result_.visit_of.clear();
    };
    const bool is_anybody = std::ranges::any_of(result_.deliveries, [](auto& d) { return d.kind != Kind::Nobody; });
    if (is_later_) return refuse(451, "4.3.0", "Cannot look up this mailbox now, try again later");
    if (is_anybody) {
        result_.reply = {250, "2.1.5", "Recipient ok"};
        return;
    }
    if (is_disabled_) return refuse(550, "5.2.1", "This mailbox is disabled");
    if (goes_round_) return refuse(550, "5.4.6", "Mail for this address would go round for ever");
    refuse(550, "5.1.1", "No such mailbox here");
}

}  // namespace

std::string to_text(const Place& place) {
    return place.line == 0 ? place.file : fmt::format("{}:{}", place.file, place.line);
}

Place parse_place(std::string_view text) {
    const auto colon = text.rfind(':');
    Place place{std::string(text.substr(0, colon))};
    if (colon != std::string_view::npos)
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), place.line);
    return place;
}

std::string to_text(const Delivery& delivery) {
    switch (delivery.kind) {
        case Kind::Mailbox: return "mailbox " + delivery.account;
        case Kind::Relay: return "relay " + smtp::to_text(delivery.address);
        case Kind::Program: return to_text(Target{Target::Kind::Program, delivery.text});
        case Kind::File: return "file " + delivery.text;
        case Kind::Folder: return "folder " + delivery.text;
        case Kind::Nobody: break;
    }
    return "nobody " + smtp::to_text(delivery.address);
}

std::string to_text(const Round& round) {
    std::string edges;
    for (const auto& [address, finding, place] : round)
        edges += fmt::format("{} ({}) leads to ", address, place.file.empty() ? finding : to_text(place));
    return edges + (round.empty() ? "" : round.front().address);
}

bool is_target(const Delivery& delivery) {
    return delivery.kind == Kind::Program || delivery.kind == Kind::File || delivery.kind == Kind::Folder;
}

std::string target_text(const Delivery& delivery) {
    const auto kind = delivery.kind == Kind::Program ? Target::Kind::Program
                      : delivery.kind == Kind::File  ? Target::Kind::File
                                                     : Target::Kind::Folder;
    return to_text(Target{kind, delivery.text});
}

std::vector<Step> path_to(const Resolution& resolution, std::size_t delivery) {
    std::vector<Step> path;
    for (auto at = resolution.visit_of[delivery];; at = resolution.visits[at].from) {
        path.push_back(resolution.steps[resolution.visits[at].step]);
        if (resolution.visits[at].from == at) break;
    }
    std::ranges::reverse(path);
    return path;
}

Resolution resolve(const Book& book, const Rules& rules, const smtp::Mailbox& address) {
    return Walk(book, rules).run(address, /*is_final=*/false);
}

Resolution resolve_mailbox(const Book& book, const Rules& rules, const smtp::Mailbox& address) {
    return Walk(book, rules).run(address, /*is_final=*/true);
}

}  // namespace addressing
