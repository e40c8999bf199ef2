#include "policyd/service.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "lang/defer.h"
#include "policyd/content.h"
#include "policyd/grade.h"
#include "policyd/handed_in.h"
#include "policyd/scan.h"

namespace policyd {
namespace {

constexpr std::size_t most_unsent = 1024 * 1024;

const smtp::Reply too_many(451, "4.3.2", "Too many senders are being looked at; try again later");

/// The grade that refuses nobody does not refuse for want of time either.
Judgement not_now(const Examine& asked, const Config& config, std::string_view why) {
    Judgement judgement{
        .ticket = asked.ticket, .reply = {250, "2.6.0", "Message accepted"}, .reason = std::string(why)};
    const bool has_to_wait =
        asked.bringer == Bringer::Stranger
            ? config.policy.unavailable == site::WithoutPolicyd::Defer
            : (config.dkim.sign && config.dkim.unavailable == site::Unsigned::Defer) ||
                  (site::scans_our_own(config) && config.policy.unavailable == site::WithoutPolicyd::Defer);
    if (has_to_wait) judgement.reply = {451, "4.3.2", fmt::format("{}; try again later", why)};
    return judgement;
}

bool is_wanted(const Judgement& judgement) { return judgement.reply.is_positive() && !judgement.discard; }

void add_reason(Judgement& judgement, const std::string& reason) {
    if (!reason.empty()) judgement.reason += (judgement.reason.empty() ? "" : "; ") + reason;
}

directory::Resolved nobody_knows() {
    return {.ticket = 0, .reply = {451, "4.3.0", "Recipients cannot be looked up at the moment"}, .recipients = {}};
}

}  // namespace

void Service::connect(process::Peer peer) {
    if (peer.role == process::Role::Directory) return connect_directory(std::move(peer.socket));
    const Asker name{peer.role, peer.index};
    auto place = std::make_shared<std::weak_ptr<Link>>();  // with the handler, which is made before the link
    auto link = std::make_shared<Link>(
        context_, std::move(peer.socket),
        Link::Handlers{.on_message =
                           [this, place](FromSmtpd message) {
                               if (const auto asker = place->lock())
                                   std::visit([&](auto& one) { take(asker, std::move(one)); }, message);
                           },
                       .on_gone =
                           [this, place, name](const std::string&) {
                               const auto found = links_.find(name);
                               if (found != links_.end() && found->second == place->lock()) links_.erase(found);
                           }});
    *place = link;
    link->hold_back_at(most_unsent);
    links_[name] = std::move(link);
}

Circumstances Service::circumstances() const {
    return {.passed = [this, began = clock_.steady()] { return clock_.steady() - began; },
            .now = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count()};
}

void Service::take(const std::shared_ptr<Link>& link, CheckSender asked) {
    if (checks_ >= most_checks) {
        auto opinion = opinion_of_unasked(config_->spf, too_many, asked.ticket);
        const bool has_to_wait =
            site::refuses(config_->screening) && config_->policy.unavailable == site::WithoutPolicyd::Defer;
        if (has_to_wait) opinion.screened.deferred = too_many;
        link->send(opinion);
        return;
    }
    ++checks_;
    boost::asio::co_spawn(context_, answer(link, std::move(asked), config_), boost::asio::detached);
}

net::Task<void> Service::answer(std::weak_ptr<Link> asker, CheckSender asked, std::shared_ptr<const Config> config) {
    const Defer done([this] { --checks_; });
    using namespace boost::asio::experimental::awaitable_operators;
    const auto [examination, findings] = co_await (examined(asked, *config) && screened(asked, *config));
    auto opinion = opinion_of(config->spf, examination, asked.ticket);
    opinion.screened = screened_of(findings);
    if (const auto link = asker.lock()) link->send(opinion);
}

net::Task<Examination> Service::examined(const CheckSender& asked, const Config& config) {
    if (!site::asks_spf(config)) co_return Examination{.reply = {250, "2.1.0", "Sender accepted"}, .examined = {}};
    co_return co_await examine(resolver_, config, asked.client, asked.helo, asked.reverse_path, circumstances());
}

net::Task<Findings> Service::screened(const CheckSender& asked, const Config& config) {
    if (!site::is_on(config.screening)) co_return Findings();
    const auto scene = scene_of(resolver_, lists_, config, {asked.client, asked.helo, asked.reverse_path});
    co_return co_await screen(scene);
}

// ---- mail that is sent on

void Service::connect_directory(file::Descriptor socket) {
    directory_ = std::make_shared<DirectoryLink>(
        context_, std::move(socket),
        DirectoryLink::Handlers{.on_message =
                                    [this](FromDirectory message) {
                                        if (auto* asked = std::get_if<CheckPassage>(&message))
                                            return take(std::move(*asked));
                                        auto& resolved = std::get<directory::Resolved>(message);
                                        look_ups_.take(resolved.ticket, std::move(resolved));
                                    },
                                .on_gone =
                                    [this](const std::string&) {
                                        directory_.reset();
                                        look_ups_.take_all(nobody_knows);
                                    }});
    directory_->hold_back_at(most_unsent);
    look_ups_.take_all(nobody_knows);  // asked of the predecessor
}

net::Task<directory::Resolved> Service::look_up(directory::LookUp question) {
    if (!directory_) co_return nobody_knows();
    co_return co_await look_ups_.wait([this, &question](std::uint64_t ticket) {
        question.ticket = ticket;
        directory_->send(question);
    });
}

/// Of a letter of ours. Without a signature it goes all the same.
net::Task<std::string> Service::sign(std::string message) {
    if (!config_->dkim.sign) co_return "";
    const auto size = message.size();
    const Content content(std::move(message), file::Descriptor(), size);
    auto signatures = co_await signer_.fields_for(content);
    co_return std::move(signatures.fields);
}

void Service::take(CheckPassage asked) {
    const auto known = passages_.find(asked.reverse_path);
    if (known != passages_.end() && clock_.steady() < known->second.until) {
        directory_->send(directory::Passage{asked.ticket, known->second.is_free});
        return;
    }
    if (passage_checks_ >= most_checks) {  // then it is rewritten
        directory_->send(directory::Passage{asked.ticket, false});
        return;
    }
    ++passage_checks_;
    boost::asio::co_spawn(context_, answer(directory_, std::move(asked), config_), boost::asio::detached);
}

net::Task<void> Service::answer(std::weak_ptr<DirectoryLink> asker, CheckPassage asked,
                                std::shared_ptr<const Config> config) {
    const Defer done([this] { --passage_checks_; });
    const auto found = co_await passage_of(resolver_, *config, asked.reverse_path, circumstances());
    if (found.is_known && config == config_) remember(asked.reverse_path, found.is_free);
    if (const auto link = asker.lock()) link->send(directory::Passage{asked.ticket, found.is_free});
}

/// By the whole address, as a record may have its local part in a macro.
void Service::remember(const std::string& reverse_path, bool is_free) {
    if (passages_.size() >= most_passages) passages_.clear();
    passages_[reverse_path] = {is_free, clock_.steady() + passage_age};
}

// ---- messages that are complete

void Service::take(const std::shared_ptr<Link>& link, Examine asked) {
    if (examinations_ >= most_examinations) {
        link->send(not_now(asked, *config_, "Too many messages are being looked at"));
        return;
    }
    ++examinations_;
    boost::asio::co_spawn(context_, answer(link, std::move(asked), config_), boost::asio::detached);
}

net::Task<void> Service::answer(std::weak_ptr<Link> asker, Examine asked, std::shared_ptr<const Config> config) {
    const Defer done([this] { --examinations_; });
    const auto content = std::make_shared<const Content>(std::move(asked.octets), std::move(asked.blob), asked.size);
    auto judged = co_await look_at(*content, asked, *config);
    auto& judgement = judged.judgement;
    judgement.ticket = asked.ticket;
    const bool is_strangers = asked.bringer == Bringer::Stranger;
    const bool is_reflected = is_strangers && is_for(asked.recipients, config->reflector.address);
    const bool brings_report = is_strangers && reporting_.is_awaited(asked.recipients);
    judgement.is_awaited = is_wanted(judgement) && (is_reflected || brings_report);
    if (const auto link = asker.lock()) link->send(judgement);
    const bool is_refused = judgement.reply.is_permanent();
    Followed followed{std::move(asker), std::move(config), std::move(asked), content, std::move(judged)};
    if (followed.judged.judgement.is_awaited)
        await(std::move(followed));
    else if (is_reflected && is_refused)  // for good; what has to wait comes again
        follow_up(std::move(followed));
}

/// All that costs memory and time, within limits.
net::Task<Judged> Service::look_at(const Content& content, const Examine& asked, const Config& config) {
    const bool is_strangers = asked.bringer == Bringer::Stranger;
    const bool is_signed = !is_strangers && config.dkim.sign && asked.bringer != Bringer::Forward;
    Judged judged{.judgement = {.ticket = 0, .reply = {250, "2.6.0", "Message accepted"}}, .author = {}};
    const bool is_judged = is_strangers && site::judges_strangers(config);
    if (!is_judged && !is_signed && !is_scanned(config, asked)) co_return judged;
    const auto until = clock_.steady() + config.policy.timeout;
    auto share = co_await room_.take(memory_for(content), until);
    if (!share) {
        judged.judgement = not_now(asked, config, "There is no room to look at messages");
        co_return judged;
    }
    if (is_judged) judged = co_await judge(content, asked, config, {*share, until});
    const bool has_results = !judged.judgement.head.empty();
    if (is_wanted(judged.judgement) && is_scanned(config, asked))
        co_await scan(content, asked, config, judged.judgement);
    if (is_wanted(judged.judgement) && is_signed) co_await sign_for_our_own(content, asked, config, judged.judgement);
    if (is_wanted(judged.judgement) && has_results && asked.leads_elsewhere) co_await seal(content, config, judged);
    if (judged.judgement.head.size() > longest_head)  // it is not let in, or sent out, without them
        judged.judgement = {.ticket = asked.ticket,
                            .reply = {451, "4.3.0", "The message cannot be looked at at the moment"},
                            .reason = "has to wait: its header fields would be too long"};
    co_return judged;
}

/// By all that looks at the content. What is put on the message stands above what is known of it already.
net::Task<void> Service::scan(const Content& content, const Examine& asked, const Config& config,
                              Judgement& judgement) {
    const auto until = clock_.steady() + config.spam.timeout;
    const auto share = co_await room_.take(memory_for_scanning(config, asked, content), until);
    if (!share) {
        judgement = not_now(asked, config, "There is no room to scan messages");
        co_return;
    }
    const auto head = judgement.head;
    auto verdict = co_await policyd::scan({.content = content,
                                           .head = head,
                                           .asked = asked,
                                           .config = config,
                                           .resolver = resolver_,
                                           .clock = clock_,
                                           .scanners = scanners_,
                                           .until = until});
    if (!verdict.reply.is_positive()) judgement.reply = std::move(verdict.reply);
    judgement.discard = verdict.discard;
    judgement.junk = judgement.junk || verdict.junk;
    judgement.head.insert(0, verdict.head);
    judgement.content = std::move(verdict.told);
    add_reason(judgement, verdict.reason);
}

/// Without its set a message goes on as it came: those who get it may think less of it, and nothing is lost.
net::Task<void> Service::seal(const Content& content, const Config& config, Judged& judged) {
    const auto key = config.arc.seal.empty() ? std::nullopt : sealing_key(config.dkim, config.arc.seal);
    if (!key) co_return;
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
    const Statement statement{site::authserv_id(config.policy, config), judged.judgement.head, judged.chain};
    const auto set = co_await policyd::seal(signer_.line(), content, statement, *key, now, config.dkim.timeout);
    auto& judgement = judged.judgement;
    if (set.size() + judgement.head.size() <= longest_head)
        judgement.head.insert(0, set);
    else
        add_reason(judgement, "not sealed: the fields would be too long");
}

// ---- what follows once the client of a message has been answered

/// Until it is taken, or is not. Hostile: who asked may never say so.
void Service::await(Followed followed) {
    std::erase_if(awaited_, [](const Followed& one) { return one.asker.expired(); });
    if (awaited_.size() >= most_awaited) {
        const auto& oldest = awaited_.front();
        reflector_.leave(*oldest.config, oldest.asked, "too many wait for what becomes of them");
        awaited_.pop_front();
    }
    awaited_.push_back(std::move(followed));
}

void Service::take(const std::shared_ptr<Link>& link, const Settled& settled) {
    const auto found = std::ranges::find_if(awaited_, [&](const Followed& one) {
        return one.judged.judgement.ticket == settled.ticket && one.asker.lock() == link;
    });
    if (found == awaited_.end()) return;
    auto followed = std::move(*found);
    awaited_.erase(found);
    if (settled.is_taken) follow_up(std::move(followed));
}

/// The message is shared by those who read it.
void Service::follow_up(Followed followed) {
    auto& [asker, config, asked, content, judged] = followed;
    if (judged.judgement.reply.is_positive() && reporting_.is_awaited(asked.recipients))
        reporting_.take(content, {.sender = judged.author, .is_proved = judged.is_proved});
    if (is_for(asked.recipients, config->reflector.address))
        boost::asio::co_spawn(context_,
                              reflector_.reflect(std::move(config), std::move(asked), std::move(content),
                                                 std::move(judged.judgement), room_),
                              boost::asio::detached);
}

net::Task<Judged> Service::judge(const Content& content, const Examine& asked, const Config& config,
                                 Judge::Bounds bounds) {
    const bool is_heeded = config.senders.behavior != site::SendersBehavior::Off;
    const auto list = is_heeded ? senders_.current() : nullptr;
    if (is_heeded && !list)  // who is blocked would come in
        co_return Judged{.judgement = not_now(asked, config, "The list of senders cannot be read"), .author = {}};
    co_return co_await judge_.judge(content, asked, config, list.get(), bounds);
}

/// Relay clients, whoever has logged in, programs and mailing lists here: of what is theirs. A list is taken at its
/// word that it has put its own address in From: what its user may have signed by LIST in the drop directory, any local
/// user may by sendmail.
net::Task<void> Service::sign_for_our_own(const Content& content, const Examine& asked, const Config& config,
                                          Judgement& judgement) {
    auto signatures = co_await signer_.fields_for(
        content, [&](const dkim::Header& header) { return why_unsigned(config, asked.bringer, header); });
    if (signatures.refusal) judgement.reply = std::move(*signatures.refusal);
    judgement.head.insert(0, signatures.fields);
    add_reason(judgement, signatures.told);
}

}  // namespace policyd
