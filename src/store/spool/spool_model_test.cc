// The contract of spool.h against a naive model, on a disk that loses power at any call, fails to sync, and fills up.
//
// A script of operations is chosen by seed. The model knows for each transaction whether it was reported durable,
// reported failed, or neither; after every crash the spool is recovered and compared: what was reported is there, what
// failed is not, and of the rest each transaction is there wholly or not at all.

#include <map>
#include <set>

#include "spool/testing.h"

namespace spool {
namespace {

using simulated_disk::Dice;
using simulated_disk::NameLoss;
using simulated_disk::PowerCut;
using testing::World;

enum class Fate { Unknown, Durable, Failed };

struct ModelMessage {
    Fate accepted = Fate::Unknown;
    Envelope envelope;
    std::string octets;
    std::uint64_t asked_done = 0;   // recipients in a Progress that was submitted
    std::uint64_t surely_done = 0;  // in one that was reported durable
    bool asked_removed = false;
    bool surely_removed = false;
    std::uint64_t everyone() const { return everybody(static_cast<std::uint8_t>(envelope.recipients.size())); }
};

/// A bounce and the failure it reports.
struct Pair {
    MessageId original;
    std::uint64_t bits;
    MessageId bounce;
    bool is_settled = false;
};

class Script {
public:
    explicit Script(std::uint64_t seed)
        : dice(seed), world(seed, {.name_loss = seed % 2 == 0 ? NameLoss::InOrder : NameLoss::Arbitrary}) {
        if (seed % 3 != 0) world.options.checkpoint_after = 8 * 1024;  // hardly a moment without one
    }

    void open() {
        auto opened = world.open();
        while (!opened && opened.error().text.contains("disk is full")) {
            world.disk.faults().capacity += 16 * 1024;  // the administrator makes room
            world.close();
            world.disk.kill();
            opened = world.open();
        }
        ASSERT_TRUE(opened) << opened.error().text;
    }
    void step();
    void settle();
    void crash(bool power);
    void check();

    Dice dice;
    World world;
    std::map<MessageId, ModelMessage> model;
    bool is_broken = false;

private:
    void accept();
    void accept_blob();
    void progress(bool lazily);
    void bounce();
    void remove();
    void load_one();
    void submit(Transaction transaction, std::function<void(Outcome)> then);
    MessageId some_message();
    Envelope some_envelope();
    std::string some_octets(std::size_t most) {
        return std::string(dice.below(most), static_cast<char>('a' + dice.below(26)));
    }
    void check_message(MessageId id, ModelMessage& message);
    void expect_whole(MessageId id, const ModelMessage& message);

    std::vector<Pair> pairs;
    std::set<MessageId> ids;
};

void Script::submit(Transaction transaction, std::function<void(Outcome)> then) {
    world.spool->submit(std::move(transaction), [this, then](Outcome outcome) {
        if (!outcome && outcome.error() == Failure::Broken) is_broken = true;
        then(outcome);
    });
}

Envelope Script::some_envelope() {
    Envelope envelope = testing::envelope_for(1 + dice.below(3), some_octets(10));
    envelope.envelope_id = some_octets(30);
    return envelope;
}

MessageId Script::some_message() {
    std::vector<MessageId> here;
    world.spool->for_each([&](MessageId id, const Entry&) { here.push_back(id); });
    return here.empty() ? 0 : here[dice.below(here.size())];
}

void record(ModelMessage& message, Outcome outcome) {
    if (outcome) message.accepted = Fate::Durable;
    if (!outcome && outcome.error() != Failure::Broken) message.accepted = Fate::Failed;
}

void Script::accept() {
    Transaction transaction;
    std::vector<MessageId> brought;
    for (std::uint64_t n = 1 + dice.below(2); n > 0; --n) {
        MessageId id = world.spool->next_id();
        ASSERT_TRUE(ids.insert(id).second) << "an id was given twice";
        Envelope envelope = some_envelope();
        Accept accept = testing::accept(id, some_octets(dice.one_in(8) ? 20'000 : 2'000), envelope.recipients.size());
        accept.envelope = envelope;
        model[id] = {.envelope = envelope, .octets = accept.body.octets};
        transaction.emplace_back(std::move(accept));
        brought.push_back(id);
    }
    submit(std::move(transaction), [this, brought](Outcome outcome) {
        for (MessageId id : brought) record(model[id], outcome);
    });
}

void Script::accept_blob() {
    auto blob = world.spool->open_blob();
    if (!blob) return;
    std::string octets = some_octets(9'000);
    if (!world.spool->blob(*blob).write_at(0, octets)) return world.spool->drop_blob(*blob);
    MessageId id = world.spool->next_id();
    ids.insert(id);
    Accept accept = testing::accept(id, "");
    accept.body.blob = *blob;
    accept.body.size = octets.size();
    model[id] = {.envelope = accept.envelope, .octets = octets};
    submit(testing::transaction(std::move(accept)), [this, id](Outcome outcome) { record(model[id], outcome); });
}

void Script::progress(bool lazily) {
    MessageId id = some_message();
    if (id == 0) return;
    std::uint64_t bits = dice.next() & world.spool->entry(id)->tasks[0].pending;
    model[id].asked_done |= bits;
    auto transaction = testing::transaction(testing::progress(id, bits, some_octets(40)));
    if (lazily) return world.spool->submit_lazily(std::move(transaction));
    submit(std::move(transaction), [this, id, bits](Outcome outcome) {
        if (outcome) model[id].surely_done |= bits;
    });
}

void Script::bounce() {
    MessageId id = some_message();
    if (id == 0) return;
    std::uint64_t pending = world.spool->entry(id)->tasks[0].pending;
    std::uint64_t bits = pending & (~pending + 1);
    MessageId bounce = world.spool->next_id();
    ids.insert(bounce);
    Accept accept = testing::accept(bounce, some_octets(1'000));
    accept.envelope.reverse_path.clear();
    model[bounce] = {.envelope = accept.envelope, .octets = accept.body.octets};
    model[id].asked_done |= bits;
    std::size_t pair = pairs.size();
    pairs.push_back({id, bits, bounce});
    auto transaction = testing::transaction(testing::progress(id, bits, "550 5.1.1 no"), std::move(accept));
    submit(std::move(transaction), [this, id, bits, bounce, pair](Outcome outcome) {
        EXPECT_TRUE(outcome || outcome.error() == Failure::Broken) << "outcomes must succeed";
        record(model[bounce], outcome);
        if (!outcome) return;
        model[id].surely_done |= bits;
        pairs[pair].is_settled = true;
    });
}

void Script::remove() {
    MessageId id = some_message();
    if (id == 0) return;
    model[id].asked_removed = true;
    submit(testing::transaction(Remove{id}), [this, id](Outcome outcome) {
        if (outcome) model[id].surely_removed = true;
    });
}

void Script::load_one() {
    if (MessageId id = some_message(); id != 0) expect_whole(id, model[id]);
}

void Script::step() {
    switch (dice.below(16)) {
        case 0:
        case 1:
        case 2: return accept();
        case 3: return accept_blob();
        case 4:
        case 5: return progress(/*lazily=*/false);
        case 6: return progress(/*lazily=*/true);
        case 7: return bounce();
        case 8: return dice.one_in(3) ? remove() : load_one();
        case 9: return world.spool->flush();
        case 10: return world.clock.advance(std::chrono::milliseconds(dice.below(2000)));
        case 11:
        case 12:
            if (world.background.has_work()) world.background.work();
            return;
        case 13:
            if (world.background.has_news()) world.background.deliver();
            return;
        case 14:
            if (world.commits.has_work()) world.commits.work();
            return;
        default:
            if (world.commits.has_news()) world.commits.deliver();
            return;
    }
}

/// Everything submitted so far is done with; then what was submitted lazily is durable too.
void Script::settle() {
    for (int i = 0; i < 3; ++i) {
        world.spool->flush();
        world.run_until_idle();
        world.clock.advance(std::chrono::seconds(2));
    }
    if (world.spool->is_broken()) is_broken = true;
    if (is_broken || !world.spool->is_settled()) return;
    for (auto& [id, message] : model) message.surely_done = message.asked_done;
}

void Script::crash(bool power) {
    world.close();
    if (power) {
        world.disk.lose_power();
    } else {
        world.disk.kill();
    }
    is_broken = false;
}

void Script::expect_whole(MessageId id, const ModelMessage& message) {
    auto stored = world.spool->load(id);
    if (!stored && stored.error().number == EIO) return;
    ASSERT_TRUE(stored) << to_text(id) << ": " << to_text(stored.error());
    EXPECT_EQ(stored->envelope, message.envelope);
    EXPECT_EQ(stored->blob ? stored->blob->read_at(0, 1 << 20).value() : stored->octets, message.octets);
    EXPECT_EQ(world.spool->load_envelope(id).value(), message.envelope);
}

void Script::check_message(MessageId id, ModelMessage& message) {
    const Entry* entry = world.spool->entry(id);
    bool must_be_over = message.surely_removed || message.surely_done == message.everyone();
    bool may_be_over = message.asked_removed || message.asked_done == message.everyone();
    if (message.accepted == Fate::Failed || must_be_over) EXPECT_EQ(entry, nullptr) << to_text(id);
    if (message.accepted == Fate::Durable && !may_be_over) EXPECT_NE(entry, nullptr) << to_text(id) << " is lost";
    if (!entry) return;
    std::uint64_t done = message.everyone() & ~entry->tasks[0].pending;
    EXPECT_EQ(message.surely_done & ~done, 0u) << to_text(id) << " forgot who has it";
    EXPECT_EQ(done & ~message.asked_done, 0u) << to_text(id) << " skips somebody";
    EXPECT_EQ(entry->size, message.octets.size());
    EXPECT_EQ(entry->is_bounce, message.envelope.reverse_path.empty());
    expect_whole(id, message);
}

/// After a recovery: compares, and takes what is found as the truth from now on.
void Script::check() {
    for (const Pair& pair : pairs) {
        if (pair.is_settled) continue;
        const Entry* original = world.spool->entry(pair.original);
        bool is_reported = !original || (original->tasks[0].pending & pair.bits) == 0;
        if (!original && model[pair.original].asked_removed) continue;
        if (!original && model[pair.original].accepted != Fate::Durable) continue;
        EXPECT_EQ(world.spool->entry(pair.bounce) != nullptr, is_reported)
            << "a bounce without its failure, or the reverse";
    }
    pairs.clear();
    world.spool->for_each([&](MessageId id, const Entry&) { EXPECT_TRUE(model.contains(id)) << to_text(id); });
    for (auto& [id, message] : model) check_message(id, message);
    std::erase_if(model, [&](const auto& known) { return !world.spool->entry(known.first); });
    for (auto& [id, message] : model) {
        message.accepted = Fate::Durable;
        message.asked_done = message.surely_done = message.everyone() & ~world.spool->entry(id)->tasks[0].pending;
        message.asked_removed = false;
    }
}

struct Weather {
    std::uint32_t one_sync_in = 0;
    std::uint32_t one_write_in = 0;
    std::uint64_t capacity = std::uint64_t(-1);
};

/// Several lives of one spool; each ends with a crash at a call chosen by seed. Starting may be cut short as well.
void live(std::uint64_t seed, const Weather& weather, int lives = 4) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Script script(seed);
    script.world.disk.faults().capacity = weather.capacity;
    for (int life = 0; life < lives && !::testing::Test::HasFailure(); ++life) {
        auto& faults = script.world.disk.faults();
        bool power = script.dice.coin();
        try {
            if (script.dice.one_in(4)) faults.power_cut_at = script.world.disk.calls() + 1 + script.dice.below(12);
            script.open();
            faults.power_cut_at.reset();
            if (::testing::Test::HasFatalFailure()) return;
            script.check();
            if (script.dice.coin()) faults.power_cut_at = script.world.disk.calls() + 1 + script.dice.below(150);
            faults.one_sync_in = weather.one_sync_in;
            faults.one_write_in = weather.one_write_in;
            for (std::uint64_t steps = 20 + script.dice.below(200); steps > 0 && !script.is_broken; --steps)
                script.step();
            if (script.dice.one_in(3)) script.settle();
        } catch (const PowerCut&) {
        }
        faults.one_sync_in = faults.one_write_in = 0;
        script.crash(power);
    }
    script.open();
    if (!::testing::Test::HasFatalFailure()) script.check();
    if (!::testing::Test::HasFailure()) return;
    for (const std::string& report : script.world.reports) std::cerr << "reported: " << report << '\n';
}

std::uint64_t seeds() {
    const char* wanted = std::getenv("HERMOD_SEEDS");
    return wanted ? std::strtoull(wanted, nullptr, 10) : 200;
}
std::uint64_t first_seed() {
    const char* wanted = std::getenv("HERMOD_FIRST_SEED");
    return wanted ? std::strtoull(wanted, nullptr, 10) : 0;
}

void live_many(const Weather& weather) {
    for (std::uint64_t seed = first_seed(); seed < first_seed() + seeds() && !::testing::Test::HasFailure(); ++seed)
        live(seed, weather);
}

TEST(SpoolModel, SurvivesCrashes) { live_many({}); }
TEST(SpoolModel, SurvivesFailingSyncs) { live_many({.one_sync_in = 25}); }
TEST(SpoolModel, SurvivesFailingWrites) { live_many({.one_write_in = 25}); }
TEST(SpoolModel, SurvivesAFullDisk) { live_many({.capacity = 500'000}); }
TEST(SpoolModel, SurvivesEverythingAtOnce) { live_many({.one_sync_in = 40, .one_write_in = 60, .capacity = 700'000}); }

// One script, and the power goes at each of its calls in turn.
TEST(SpoolModel, SurvivesAPowerCutAtEveryCall) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        for (std::uint64_t cut = 1; !HasFailure(); ++cut) {
            SCOPED_TRACE("seed " + std::to_string(seed) + ", cut at call " + std::to_string(cut));
            Script script(seed);
            script.world.disk.faults().power_cut_at = cut;
            bool finished = false;
            try {
                script.open();
                for (int i = 0; i < 400 && !script.is_broken; ++i) script.step();
                finished = true;
            } catch (const PowerCut&) {
            }
            script.crash(cut % 3 != 0);
            script.open();
            script.check();
            if (finished) break;
        }
    }
}

}  // namespace
}  // namespace spool
