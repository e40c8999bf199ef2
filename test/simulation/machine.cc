#include "machine.h"

#include <fmt/format.h>

#include "mime/trace.h"

namespace simulation {
namespace {

constexpr const char* zone = R"(
{"name": "d0.example", "type": "MX", "data": "10 mx.d0.example"}
{"name": "mx.d0.example", "type": "A", "data": "192.0.2.10"}
{"name": "d1.example", "type": "MX", "data": "10 mx.d1.example"}
{"name": "mx.d1.example", "type": "A", "data": "192.0.2.11"}
{"name": "d2.example", "type": "MX", "data": "10 mx.d2.example"}
{"name": "d2.example", "type": "MX", "data": "20 mx2.d2.example"}
{"name": "mx.d2.example", "type": "A", "data": "192.0.2.12"}
{"name": "mx2.d2.example", "type": "A", "data": "192.0.2.13"}
{"name": "origin.example", "type": "MX", "data": "10 mx.origin.example"}
{"name": "mx.origin.example", "type": "A", "data": "192.0.2.14"}
)";

const dns::Table& table() {
    static const dns::Table parsed = *dns::parse_table(zone);
    return parsed;
}

spool::Options small_spool() {
    return {.segment_size = 192 * 1024,
            .largest_group = 96 * 1024,
            .checkpoint_after = 256 * 1024,
            .keep_free = 64 * 1024,
            .recent_octets = 32 * 1024,
            .most_spares = 3,
            .slice = 8};
}

qmgr::Settings settings() {
    qmgr::Settings out;
    out.hostname = "sim.test";
    out.lifetime = std::chrono::hours(12);
    out.bounce_lifetime = std::chrono::days(60);  // the simulation loses no notification to old age
    out.longest_retry = std::chrono::minutes(30);
    out.delay_notice = std::chrono::hours(2);
    out.connections_per_destination = 4;
    return out;
}

std::size_t index_of(Process relay) {
    return static_cast<std::size_t>(relay) - static_cast<std::size_t>(Process::Relay0);
}
Process relay_process(std::size_t index) {
    return static_cast<Process>(static_cast<std::size_t>(Process::Relay0) + index);
}

}  // namespace

qmgr::Peer peer_of(Process process) {
    switch (process) {
        case Process::Deliver: return {process::Role::Deliver, 0};
        case Process::Smtpd: return {process::Role::Smtpd, 0};
        case Process::Relay0: return {process::Role::Relay, 0};
        case Process::Relay1: return {process::Role::Relay, 1};
        case Process::Directory: return {process::Role::Directory, 0};
        case Process::Qmgr: break;
    }
    return {process::Role::Qmgr, 0};
}

Machine::RelayProcess::RelayProcess(Machine& machine, std::size_t index)
    : network(context, machine.truth_, machine.dice_, machine.clock, machine.weather.chaos),
      means{.resolver = machine.resolver_,
            .connector = network,
            .clock = machine.clock,
            .random = [&machine] { return machine.dice_.next(); },
            .config = machine.relay_config_},
      relay(std::make_unique<relay::Relay>(context, means, [&machine, index](const qmgr::AttemptDone& done) {
          machine.line(relay_process(index), Process::Qmgr).push_back([&machine, index, done] {
              const auto flight = machine.flights_.extract(done.attempt);
              if (!flight.empty())
                  for (const auto& address : flight.mapped())
                      if (const auto at = machine.outstanding_.find(address); at != machine.outstanding_.end())
                          at->second.is_answered = true;
              machine.qmgr_->queue->on(peer_of(relay_process(index)), done);
          });
      })) {}

Machine::Machine(Truth& truth, Dice& dice, simulated_disk::Options disk_options)
    : spool_disk(dice.next(), disk_options),
      mail_disk(dice.next(), disk_options),
      truth_(truth),
      dice_(dice),
      random_(dice),
      resolver_(table()),
      settings_(settings()) {
    relay_config_.hostname = "sim.test";
}

Machine::~Machine() = default;

// ---- life and death

bool Machine::start() {
    if (!qmgr_ && !start_qmgr()) return false;
    for (std::size_t i = 0; i < relays; ++i)
        if (!relays_[i]) start_relay(i);
    if (!deliver_) start_deliver();
    if (!smtpd_runs_) {
        smtpd_runs_ = true;
        tell_queue_of_new(Process::Smtpd);
    }
    return true;
}

bool Machine::start_qmgr() {
    auto starting = std::make_unique<Qmgr>();
    auto opened = spool::JournalSpool::open({spool_disk, starting->commits, starting->background, clock,
                                             [this](const std::string& report) { trace("spool: {}", report); }},
                                            small_spool());
    trace("qmgr starts: {}", opened ? "ok" : opened.error().text);
    if (!opened) return false;
    qmgr_ = std::move(starting);
    qmgr_->spool = std::make_unique<WatchedSpool>(std::move(*opened));
    qmgr_->spool->on_progress = [this](const std::string& address) { outstanding_.erase(address); };
    qmgr_->queue = std::make_unique<qmgr::Queue>(
        settings_, *qmgr_->spool, clock, *this, random_,
        [this](logs::Event event, spool::MessageId id, logs::Fields fields) { trace_event(event, id, fields); });
    qmgr_->queue->start();
    for (const auto process : {Process::Directory, Process::Smtpd, Process::Deliver, Process::Relay0, Process::Relay1})
        if (runs(process)) tell_queue_of_new(process);
    return true;
}

void Machine::start_relay(std::size_t index) {
    relays_[index] = std::make_unique<RelayProcess>(*this, index);
    tell_queue_of_new(relay_process(index));
}

void Machine::start_deliver() {
    deliver_ = std::make_unique<DeliverProcess>();
    deliver_->maildir = std::make_unique<mailbox::Maildir>(mail_disk, "Maildir", "sim.test");
    deliver::Attempts::Neighbours neighbours;
    neighbours.ask = [this](const directory::FindMailbox& question) {
        directory::Mailbox answer{.ticket = question.ticket,
                                  .found = directory::Found::Yes,
                                  .user = "sim",
                                  .uid = 1000,
                                  .gid = 1000,
                                  .home = "/home/sim",
                                  .path = "Maildir"};
        const Addressee* addressee = truth_.find(question.address);
        if (addressee && addressee->nature == Nature::Refuses) answer.found = directory::Found::Unknown;
        if (weather.chaos > 0 && dice_.one_in(weather.chaos)) answer.found = directory::Found::Unavailable;
        line(Process::Directory, Process::Deliver).push_back([this, answer] { deliver_->attempts->take(answer); });
    };
    neighbours.answer = [this](const qmgr::AttemptDone& done) {
        line(Process::Deliver, Process::Qmgr).push_back([this, done] {
            qmgr_->queue->on(peer_of(Process::Deliver), done);
        });
    };
    neighbours.give = [this](const deliver::Owner&, deliver::Job job) { deliver_->jobs.push_back(std::move(job)); };
    neighbours.on_trouble = [](std::uint64_t, const std::string&, const deliver::Report&) {};
    deliver_->attempts = std::make_unique<deliver::Attempts>(
        clock,
        deliver::Attempts::Settings{
            .mail_directory = "/mail", .becomes_owner = false, .own_uid = 1000, .own_gid = 1000},
        std::move(neighbours));
    tell_queue_of_new(Process::Deliver);
}

bool Machine::runs(Process process) const {
    switch (process) {
        case Process::Qmgr: return qmgr_ != nullptr;
        case Process::Deliver: return deliver_ != nullptr;
        case Process::Smtpd: return smtpd_runs_;
        case Process::Directory: return true;
        case Process::Relay0:
        case Process::Relay1: break;
    }
    return relays_[index_of(process)] != nullptr;
}

void Machine::tell_queue_of_new(Process process) {
    if (!qmgr_) return;
    const auto peer = peer_of(process);
    line(process, Process::Qmgr).push_back([this, peer, process] {
        is_known_[static_cast<std::size_t>(process)] = true;
        qmgr_->queue->peer_new(peer);
    });
}

void Machine::tell_queue_of_loss(Process process) {
    if (!qmgr_) return;
    const auto peer = peer_of(process);
    line(process, Process::Qmgr).push_back([this, peer] { qmgr_->queue->peer_gone(peer); });
}

std::deque<Machine::Errand>& Machine::line_from_queue(Process to) {
    nowhere_.clear();
    return is_known_[static_cast<std::size_t>(to)] ? line(Process::Qmgr, to) : nowhere_;
}

void Machine::drop_lines(Process process) {
    is_known_[static_cast<std::size_t>(process)] = false;
    if (process == Process::Qmgr) is_known_ = {};
    for (std::size_t other = 0; other < processes; ++other) {
        line(process, static_cast<Process>(other)).clear();
        line(static_cast<Process>(other), process).clear();
    }
}

/// For each recipient whose outcome is not on disk, one more delivery has an excuse.
void Machine::excuse_outstanding() {
    const auto excuse = [&](const std::string& address) {
        if (Addressee* addressee = truth_.find(address)) ++addressee->allowance;
    };
    for (const auto& [address, outstanding] : outstanding_) excuse(address);
    for (const auto& unwritten : qmgr_->spool->unwritten())
        if (!outstanding_.contains(unwritten.address)) excuse(unwritten.address);
    outstanding_.clear();
    flights_.clear();
}

void Machine::kill_qmgr() {
    if (!qmgr_) return;
    excuse_outstanding();
    drop_lines(Process::Qmgr);
    tickets_.clear();
    blobs_.clear();
    qmgr_->queue.reset();
    qmgr_->spool.reset();
    qmgr_.reset();
    for (auto& each : relays_)
        if (each) each->relay->forget_attempts();
    if (deliver_) deliver_->attempts->qmgr_is_lost();
}

void Machine::trace_event(logs::Event event, spool::MessageId id, logs::Fields fields) const {
    if (!tracing) return;
    std::string text;
    for (const auto& field : fields)
        text +=
            fmt::format(" {}={}", field.key,
                        field.kind == logs::Field::Kind::Text ? std::string(field.text) : std::to_string(field.number));
    trace("{} {}{}", logs::about(event).name, id == 0 ? "-" : spool::to_text(id), text);
}

void Machine::kill(Process process) {
    trace("process {} is killed", process::name(peer_of(process).role));
    clock.advance_to(clock.steady() + milliseconds(2));  // nobody is born in the moment of his predecessor's death
    if (process == Process::Qmgr) {
        kill_qmgr();
        spool_disk.kill();
        return;
    }
    if (!runs(process) || process == Process::Directory) return;
    drop_lines(process);
    if (process == Process::Smtpd) {
        smtpd_runs_ = false;
        tickets_.clear();
        blobs_.clear();
    } else if (process == Process::Deliver) {
        deliver_.reset();
        mail_disk.kill();
    } else {
        const auto index = index_of(process);
        for (auto at = outstanding_.begin(); at != outstanding_.end();) {
            const bool is_lost = at->second.relay == index && !at->second.is_answered;
            Addressee* addressee = is_lost ? truth_.find(at->first) : nullptr;
            if (addressee) ++addressee->allowance;
            at = is_lost ? outstanding_.erase(at) : std::next(at);
        }
        relays_[index]->network.cut();
        relays_[index].reset();
    }
    tell_queue_of_loss(process);
}

void Machine::lose_power() {
    trace("the power goes");
    clock.advance_to(clock.steady() + milliseconds(2));
    kill_qmgr();
    for (auto& each : relays_) {
        if (each) each->network.cut();
        each.reset();
    }
    deliver_.reset();
    smtpd_runs_ = false;
    is_known_ = {};
    for (auto& each : lines_) each.clear();
    spool_disk.lose_power();
    mail_disk.lose_power();
}

/// The disk's power may go within any call: then it is the machine's, or just this process is killed there.
void Machine::guard(Process process, const std::function<void()>& action) {
    try {
        action();
    } catch (const simulated_disk::PowerCut&) {
        if (dice_.coin())
            lose_power();
        else
            kill(process);
    }
}

// ---- messages between the processes

void Machine::send(qmgr::Peer, const smtpd::Committed& message) {
    const auto found = tickets_.find(message.ticket);
    if (found == tickets_.end()) return;
    trace("message {} is acknowledged as {}", found->second, spool::to_text(message.id));
    truth_.messages[found->second].is_acknowledged = true;
    tickets_.erase(found);
}

void Machine::send(qmgr::Peer, const smtpd::Refused& message) {
    const auto found = tickets_.find(message.ticket);
    if (found == tickets_.end()) return;
    trace("message {} is refused: {} {}", found->second, message.reply.code, message.reply.text);
    // 421: the journal could write nothing any more, not even that the message is void. It may be there after a
    // restart.
    if (message.reply.code != 421) truth_.messages[found->second].is_refused = true;
    tickets_.erase(found);
}

namespace {

spool::Envelope envelope_of(const Sent& sent) {
    spool::Envelope out{.reverse_path = sent.sender, .origin = "simulation"};
    for (const auto& addressee : sent.addressees)
        out.recipients.push_back({.smtp = {.address = addressee.address},
                                  .transport = addressee.is_local ? spool::Transport::Local : spool::Transport::Relay});
    return out;
}

}  // namespace

void Machine::submit(Sent& sent, bool by_blob) {
    if (!smtpd_runs_ || !qmgr_) return;
    const auto ticket = ++last_ticket_;
    const auto index = static_cast<std::size_t>(sent.number);
    auto& out = line(Process::Smtpd, Process::Qmgr);
    if (by_blob) {
        blobs_[ticket] = index;
        return out.push_back([this, ticket] { qmgr_->queue->on(peer_of(Process::Smtpd), qmgr::OpenBlob{ticket}); });
    }
    tickets_[ticket] = index;
    qmgr::Submit message{.ticket = ticket,
                         .envelope = envelope_of(sent),
                         .octets = sent.octets,
                         .size = sent.octets.size(),
                         .id_at = static_cast<std::uint32_t>(sent.octets.find(id_room))};
    out.push_back([this, message = std::move(message)]() mutable {
        qmgr_->queue->on(peer_of(Process::Smtpd), std::move(message));
    });
}

/// smtpd writes into the file as it gets it; the simulation lets it do so at once.
void Machine::send(qmgr::Peer, const smtpd::BlobOpened& opened) {
    const auto found = blobs_.find(opened.ticket);
    const auto blob = qmgr_->spool->take_last_blob();
    if (found == blobs_.end() || blob == 0) return;
    const Sent& sent = truth_.messages[found->second];
    const bool is_written = qmgr_->spool->blob(blob).write_at(0, sent.octets).has_value();
    auto& out = line(Process::Smtpd, Process::Qmgr);
    if (!is_written) {
        out.push_back(
            [this, ticket = opened.ticket] { qmgr_->queue->on(peer_of(Process::Smtpd), qmgr::DropBlob{ticket}); });
    } else {
        const auto ticket = ++last_ticket_;
        tickets_[ticket] = found->second;
        qmgr::Submit message{.ticket = ticket,
                             .envelope = envelope_of(sent),
                             .blob = opened.ticket,
                             .size = sent.octets.size(),
                             .id_at = static_cast<std::uint32_t>(sent.octets.find(id_room))};
        out.push_back([this, message = std::move(message)]() mutable {
            qmgr_->queue->on(peer_of(Process::Smtpd), std::move(message));
        });
    }
    blobs_.erase(found);
}

/// Simulated files have no descriptors to hand over, so bodies always travel as octets.
std::string Machine::whole(spool::MessageId id, const std::string& octets, std::uint64_t size) {
    if (!octets.empty() || size == 0) return octets;
    auto stored = qmgr_->spool->load(id);
    if (!stored || !stored->blob) return octets;
    return stored->blob->read_at(0, size).value_or("");
}

void Machine::send(qmgr::Peer peer, const relay::Attempt& message) {
    relay::Attempt attempt;
    attempt.attempt = message.attempt;
    attempt.message = message.message;
    attempt.destination = message.destination;
    attempt.envelope = message.envelope;
    attempt.octets = whole(message.message, message.octets, message.size);
    attempt.size = attempt.octets.size();
    auto& addresses = flights_[message.attempt];
    for (const auto& recipient : message.envelope.recipients) {
        addresses.push_back(recipient.address);
        outstanding_[recipient.address] = {peer.index};
    }
    line_from_queue(relay_process(peer.index)).push_back([this, peer, attempt = std::move(attempt)]() mutable {
        relays_[peer.index]->relay->on(std::move(attempt));
    });
}

void Machine::send(qmgr::Peer peer, const relay::Connections& message) {
    line_from_queue(relay_process(peer.index)).push_back([this, peer, message] {
        relays_[peer.index]->relay->on(message);
    });
}

void Machine::send(qmgr::Peer, const deliver::Attempt& message) {
    deliver::Attempt attempt{.attempt = message.attempt,
                             .message = message.message,
                             .recipient = message.recipient,
                             .address = message.address,
                             .reverse_path = message.reverse_path,
                             .arrived = message.arrived};
    attempt.octets = whole(message.message, message.octets, message.size);
    attempt.size = attempt.octets.size();
    line_from_queue(Process::Deliver).push_back([this, attempt = std::move(attempt)]() mutable {
        deliver_->attempts->take(std::move(attempt));
    });
}

void Machine::send(qmgr::Peer, const directory::LookUp& message) {
    directory::Resolved answer{.ticket = message.ticket, .reply = {250, "2.1.5", "ok"}};
    answer.recipients.push_back(
        {.smtp = {.address = message.address},
         .transport = message.address.ends_with("@home.example") ? spool::Transport::Local : spool::Transport::Relay});
    if (weather.chaos > 0 && dice_.one_in(weather.chaos))
        answer = {.ticket = message.ticket, .reply = {451, "4.3.0", "later"}};
    line(Process::Directory, Process::Qmgr).push_back([this, answer] { qmgr_->queue->on(answer); });
}

// ---- what can happen

bool Machine::step() {
    // Who comes first changes; all of them come.
    const auto first = dice_.below(6);
    for (std::uint64_t i = 0; i < 6; ++i) {
        bool did = false;
        switch ((first + i) % 6) {
            case 0: did = step_lines(); break;
            case 1: did = step_disk(); break;
            case 2: did = step_queue(); break;
            case 3: did = step_relays(); break;
            case 4: did = step_deliver(); break;
            default: did = step_mail_reader();
        }
        if (did) return true;
    }
    return false;
}

bool Machine::step_lines() {
    const auto first = dice_.below(lines_.size());
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const auto number = (first + i) % lines_.size();
        auto& chosen = lines_[number];
        const auto to = static_cast<Process>(number % processes);
        if (chosen.empty() || !runs(to)) continue;
        auto errand = std::move(chosen.front());
        chosen.pop_front();
        guard(to, [&] { errand(); });
        return true;
    }
    return false;
}

bool Machine::step_disk() {
    if (!qmgr_) return false;
    auto& worker = dice_.one_in(3) ? qmgr_->background : qmgr_->commits;
    auto& other = &worker == &qmgr_->commits ? qmgr_->background : qmgr_->commits;
    for (auto* each : {&worker, &other}) {
        if (each->is_idle()) continue;
        guard(Process::Qmgr, [&] {
            if (each->has_work() && (!each->has_news() || dice_.coin()))
                each->work();
            else
                each->deliver();
        });
        if (qmgr_ && qmgr_->commits.is_idle()) qmgr_->spool->note_idle();
        return true;
    }
    return false;
}

bool Machine::step_queue() {
    if (!qmgr_) return false;
    const auto deadline = qmgr_->queue->deadline();
    if (!deadline || *deadline > clock.steady()) return false;
    guard(Process::Qmgr, [&] { qmgr_->queue->tick(); });
    return true;
}

bool Machine::step_relays() {
    const auto first = dice_.below(relays);
    for (std::size_t i = 0; i < relays; ++i) {
        auto& each = relays_[(first + i) % relays];
        if (!each) continue;
        each->context.restart();
        if (each->context.poll_one() > 0) return true;
    }
    return false;
}

bool Machine::step_deliver() {
    if (!deliver_ || deliver_->jobs.empty()) return false;
    guard(Process::Deliver, [&] { work_on_mail(); });
    return true;
}

void Machine::work_on_mail() {
    const auto count = 1 + dice_.below(std::min<std::size_t>(deliver_->jobs.size(), 4));
    std::vector<mailbox::Mail> mails;
    std::vector<std::uint64_t> tickets;
    for (std::uint64_t i = 0; i < count; ++i) {
        auto job = std::move(deliver_->jobs.front());
        deliver_->jobs.pop_front();
        tickets.push_back(job.ticket);
        mails.push_back({.queue_id = job.queue_id,
                         .recipient = job.recipient,
                         .arrived = job.arrived,
                         .reverse_path = job.reverse_path,
                         .fields = mime::return_path_field(job.reverse_path) + mime::delivered_to_field(job.address),
                         .content = mailbox::content_of(job.octets),
                         .size = job.size,
                         .may_be_here = job.may_be_here});
    }
    const auto seconds = clock.wall().time_since_epoch().count() / 1000;
    for (const auto& mail : mails)
        trace("into the mailbox: {} {} may be here: {}", mail.queue_id, mail.recipient, mail.may_be_here);
    const auto outcomes = deliver_->maildir->deliver(mails, seconds);
    for (const auto& outcome : outcomes) trace("mailbox: {}", outcome ? "done" : mailbox::to_text(outcome.error()));
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        deliver_->attempts->take(
            deliver::Report{.ticket = tickets[i],
                            .result = outcomes[i] ? deliver::Result::Delivered : deliver::Result::Failed,
                            .detail = {}});
}

/// A mail reader looks at new mail: moves it to cur/ and flags it as seen.
bool Machine::step_mail_reader() {
    if (!weather.has_mail_reader || !dice_.one_in(50)) return false;
    const auto listed = mail_disk.list("Maildir/new");
    if (!listed || listed->empty()) return false;
    const auto& name = (*listed)[dice_.below(listed->size())].name;
    guard(Process::Deliver, [&] {
        trace("a reader moves {}", name);
        static_cast<void>(mail_disk.rename("Maildir/new/" + name, "Maildir/cur/" + name + ":2,S"));
    });
    return true;
}

std::optional<clocks::Steady> Machine::next_event() {
    std::optional<clocks::Steady> first;
    const auto consider = [&](std::optional<clocks::Steady> other) {
        if (other && (!first || *other < *first)) first = other;
    };
    if (qmgr_) consider(qmgr_->queue->deadline());
    for (auto& each : relays_) {
        if (!each) continue;
        consider(each->network.deadline());
        if (each->relay->is_busy()) consider(clock.steady() + std::chrono::seconds(2));
    }
    return first;
}

void Machine::pass_to(clocks::Steady then) {
    clock.advance_to(then);
    for (auto& each : relays_) {
        if (!each) continue;
        each->network.expire();
        each->relay->tick();
    }
}

bool Machine::is_finished() const { return qmgr_ && qmgr_->spool->journal().size() == 0 && tickets_.empty(); }

void Machine::read_mailbox() {
    for (const char* part : {"Maildir/new", "Maildir/cur"}) {
        const auto listed = mail_disk.list(part);
        if (!listed) continue;
        for (const auto& entry : *listed) {
            const auto file = mail_disk.open(std::string(part) + "/" + entry.name, file::Mode::Read);
            const auto stored = (*file)->read_at(0, *(*file)->size()).value_or("");
            std::string octets;
            for (const char c : stored) {
                if (c == '\n' && !octets.ends_with('\r')) octets += '\r';
                octets += c;
            }
            // Return-Path and Delivered-To stand on top, a line each: addresses here are short.
            const auto mark = octets.find("Delivered-To: ");
            const auto end = octets.find("\r\n", mark);
            if (mark == octets.npos || end == octets.npos) {
                truth_.violation("a file in the mailbox without our fields: " + entry.name);
                continue;
            }
            truth_.delivered(std::string_view(octets).substr(mark + 14, end - mark - 14),
                             std::string_view(octets).substr(end + 2));
        }
    }
}

std::string Machine::state() const {
    if (!qmgr_) return "qmgr is down";
    std::string out =
        fmt::format("{} messages, {} in flight", qmgr_->spool->journal().size(), qmgr_->queue->in_flight());
    qmgr_->spool->for_each([&](spool::MessageId id, const spool::Entry& entry) {
        out += fmt::format("\n  {}", spool::to_text(id));
        for (const auto& task : entry.tasks)
            out += fmt::format(" [{} pending {:x} attempts {} state {} due in {} s: {}]", task.first, task.pending,
                               task.attempts, task.destination >> 30,
                               (task.due - clock.wall().time_since_epoch().count()) / 1000,
                               qmgr_->spool->diagnostic(task.diagnostic));
    });
    return out;
}

}  // namespace simulation
