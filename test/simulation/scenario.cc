#include "scenario.h"

#include <fmt/format.h>

#include "machine.h"

namespace simulation {
namespace {

constexpr std::uint64_t most_calm_steps = 400'000;

std::string lines_of(std::size_t size, char letter) {
    std::string out;
    while (out.size() + 72 < size) out += std::string(70, letter) + "\r\n";
    return out + std::string(std::min<std::size_t>(size, 60), letter);
}

class Scenario {
public:
    Scenario(std::uint64_t seed, bool trace)
        : dice_(seed * 2 + 1),
          machine_(
              truth_, dice_,
              {.name_loss = dice_.coin() ? simulated_disk::NameLoss::InOrder : simulated_disk::NameLoss::Arbitrary}) {
        result_.seed = seed;
        machine_.tracing = trace;
        plan();
    }

    Result run() {
        while (messages_left_ > 0 || trouble_left_ > 0) {
            if (stormy_step()) continue;
            pass_time();
        }
        calm_down();
        machine_.read_mailbox();
        truth_.judge();
        result_.violations = truth_.violations;
        result_.messages = truth_.messages.size();
        return result_;
    }

private:
    /// Not everything goes wrong in every run, or nothing would ever get far.
    void plan() {
        messages_left_ = 1 + dice_.below(dice_.one_in(4) ? 30 : 8);
        trouble_left_ = 20 + dice_.below(400);
        truth_.messages.reserve(messages_left_);
        if (dice_.coin()) machine_.weather.chaos = 2 + dice_.below(20);
        machine_.weather.has_mail_reader = dice_.one_in(3);
        may_kill_ = dice_.coin();
        may_lose_power_ = dice_.coin();
        may_fail_syncs_ = dice_.one_in(3);
        may_fill_ = dice_.one_in(4);
        may_set_clock_ = dice_.one_in(4);
    }

    bool stormy_step() {
        ++result_.steps;
        if (trouble_left_ > 0 && --trouble_left_ == 0) end_trouble();
        if (dice_.one_in(12)) make_trouble();
        if (dice_.one_in(20)) machine_.pass_to(machine_.clock.steady() + milliseconds(dice_.below(30)));
        if (!up_and_running()) return true;
        if (messages_left_ > 0 && dice_.one_in(6)) send_one();
        return machine_.step();
    }

    void make_trouble() {
        if (trouble_left_ == 0) return;
        switch (dice_.below(5)) {
            case 0:
                if (may_kill_) {
                    ++result_.crashes;
                    machine_.kill(static_cast<Process>(dice_.below(5)));
                }
                break;
            case 1:
                if (may_lose_power_) lose_power();
                break;
            case 2:
                if (may_fail_syncs_) fail_a_call();
                break;
            case 3:
                if (may_fill_)
                    machine_.spool_disk.faults().capacity =
                        dice_.coin() ? std::uint64_t(-1) : machine_.spool_disk.used() + dice_.below(300'000);
                break;
            default:
                if (may_set_clock_) machine_.clock.set_wall(std::chrono::minutes(dice_.below(60 * 24 * 3)));
        }
    }

    void lose_power() {
        ++result_.crashes;
        if (dice_.one_in(3)) return machine_.lose_power();
        auto& disk = dice_.one_in(3) ? machine_.mail_disk : machine_.spool_disk;
        disk.faults().power_cut_at = disk.calls() + 1 + dice_.below(12);
    }

    void fail_a_call() {
        auto& disk = dice_.one_in(3) ? machine_.mail_disk : machine_.spool_disk;
        if (dice_.one_in(4))
            disk.faults().one_sync_in = dice_.coin() ? 0 : static_cast<std::uint32_t>(1 + dice_.below(5));
        else
            disk.faults().errors[disk.calls() + 1 + dice_.below(8)] = dice_.one_in(3) ? 28 : 5;
    }

    /// A master that restarts what died, sooner or later; and an administrator who restarts a queue that cannot write.
    bool up_and_running() {
        if (machine_.is_broken() && dice_.one_in(30)) machine_.kill(Process::Qmgr);
        const bool all_run = machine_.runs(Process::Qmgr) && machine_.runs(Process::Deliver) &&
                             machine_.runs(Process::Smtpd) && machine_.runs(Process::Relay0) &&
                             machine_.runs(Process::Relay1);
        if (!all_run && dice_.one_in(3)) start();
        return machine_.runs(Process::Qmgr);
    }

    bool start() {
        try {
            return machine_.start();
        } catch (const simulated_disk::PowerCut&) {
            machine_.lose_power();
            return false;
        }
    }

    void send_one() {
        --messages_left_;
        Sent& sent = truth_.messages.emplace_back();
        sent.number = truth_.messages.size() - 1;
        if (!dice_.one_in(6))
            sent.sender = sender_name(sent.number) + (dice_.coin() ? "@home.example" : "@origin.example");
        const auto recipients = 1 + dice_.below(dice_.one_in(5) ? 6 : 2);
        for (std::size_t i = 0; i < recipients; ++i) add_addressee(sent, i);
        const bool by_blob = dice_.one_in(8);
        const auto size = by_blob ? spool::inline_body + dice_.below(3000) : dice_.below(dice_.one_in(5) ? 9000 : 300);
        sent.octets = fmt::format("Received: by sim.test id {}\r\nSubject: {}\r\n\r\n.{}\r\n", id_room, sent.number,
                                  lines_of(size, static_cast<char>('a' + dice_.below(26))));
        machine_.submit(sent, by_blob);
    }

    void add_addressee(Sent& sent, std::size_t number) {
        Addressee addressee;
        addressee.is_local = dice_.one_in(3);
        const auto domain =
            addressee.is_local ? std::string("home.example") : fmt::format("d{}.example", dice_.below(3));
        addressee.address = recipient_name(sent.number, number) + "@" + domain;
        constexpr Nature natures[]{Nature::Takes, Nature::Takes, Nature::Refuses, Nature::TakesLater,
                                   Nature::NeverTakes};
        addressee.nature = natures[dice_.below(5)];
        if (addressee.is_local && addressee.nature != Nature::Refuses) addressee.nature = Nature::Takes;
        // Mail from the null sender is tried for months here, so that no notification is lost to old age.
        if (sent.sender.empty() && addressee.nature == Nature::NeverTakes) addressee.nature = Nature::Refuses;
        if (addressee.nature == Nature::TakesLater) addressee.deferrals_left = static_cast<int>(1 + dice_.below(3));
        sent.addressees.push_back(std::move(addressee));
    }

    void pass_time() {
        const auto next = machine_.next_event();
        const auto some = machine_.clock.steady() + milliseconds(1 + dice_.below(5000));
        machine_.pass_to(next && *next > machine_.clock.steady() ? *next : some);
    }

    void end_trouble() {
        machine_.weather.chaos = 0;
        machine_.spool_disk.faults() = {};
        machine_.mail_disk.faults() = {};
    }

    void calm_down() {
        end_trouble();
        if (machine_.is_broken()) machine_.kill(Process::Qmgr);
        if (!start()) return truth_.violation("the spool does not open any more");
        for (std::uint64_t i = 0; i < most_calm_steps; ++i) {
            ++result_.steps;
            if (machine_.is_broken()) machine_.kill(Process::Qmgr);
            if (!machine_.runs(Process::Qmgr) && !start()) return truth_.violation("the spool does not open any more");
            if (machine_.step()) continue;
            if (machine_.is_finished()) return;
            const auto next = machine_.next_event();
            if (!next)
                return truth_.violation("nothing is going to happen any more, and there is mail left: " +
                                        machine_.state());
            machine_.pass_to(*next);
        }
        truth_.violation("it does not come to an end: " + machine_.state());
    }

    Dice dice_;
    Truth truth_;
    Machine machine_;
    Result result_;
    std::uint64_t messages_left_ = 0;
    std::uint64_t trouble_left_ = 0;
    bool may_kill_ = false;
    bool may_lose_power_ = false;
    bool may_fail_syncs_ = false;
    bool may_fill_ = false;
    bool may_set_clock_ = false;
};

}  // namespace

Result run(std::uint64_t seed, bool trace) { return Scenario(seed, trace).run(); }

}  // namespace simulation
