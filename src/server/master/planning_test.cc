#include "master/planning.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace {

master::Plan some_plan() {
    master::Plan plan;
    plan.hostname = "mx.example.org";
    plan.config = std::string(300'000, 'c');
    plan.listen = {{0, {ip::v4(0x7f000001), 25}}, {1, {ip::v6({0x20, 0x01}), 465}}};
    plan.identities.assign(process::role_names.size(), {1, 2});
    plan.log = {.path = "/var/log/hermod", .rotate_at = 1, .rotations = 2};
    return plan;
}

master::Planning::Outcome plan_by(const master::PlanMaker& make) {
    boost::asio::io_context context;
    std::optional<master::Planning::Outcome> outcome;
    const master::Planning planning(context, make, [&](master::Planning::Outcome o) { outcome = std::move(o); });
    context.run_for(std::chrono::seconds(10));
    EXPECT_TRUE(outcome);
    return outcome ? *outcome : std::unexpected("nothing");
}

// What changed although a running server keeps it, and nothing else.
TEST(Plan, SaysWhatNeedsARestart) {
    const master::Plan now{.start_values = {{"dns.timeout", "\"30s\""}, {"process.workers", "0"}}};
    struct Case {
        std::vector<master::StartValue> next;
        std::string want;
    };
    const Case cases[] = {
        {now.start_values, ""},
        {{{"dns.timeout", "\"5s\""}, {"process.workers", "0"}}, "dns.timeout"},
        {{{"dns.timeout", "\"5s\""}, {"process.workers", "2"}}, "dns.timeout, process.workers"},
    };
    for (const auto& [next, want] : cases)
        EXPECT_EQ(master::needing_restart(now, master::Plan{.start_values = next}), want);
    const master::Plan with_policyd{.policyd_is_for = "spf.behavior", .start_values = now.start_values};
    EXPECT_EQ(master::needing_restart(now, with_policyd), "spf.behavior");
    EXPECT_EQ(master::needing_restart(with_policyd, now), "") << "it is not asked any more";
}

}  // namespace

TEST(Planning, BringsThePlanOver) {
    EXPECT_EQ(plan_by([] { return some_plan(); }), some_plan());
}

TEST(Planning, BringsWhatIsWrong) {
    const auto outcome = plan_by([] { return std::unexpected(std::string("hermod.toml:3:1: hostnam: unknown")); });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error(), "hermod.toml:3:1: hostnam: unknown");
}

TEST(Planning, SurvivesTheChild) {
    EXPECT_FALSE(plan_by([]() -> std::expected<master::Plan, std::string> { ::_exit(3); }));
    EXPECT_FALSE(plan_by([]() -> std::expected<master::Plan, std::string> { throw std::runtime_error("no"); }));
    const auto not_whole = plan_by([] { return master::Plan{}; });
    EXPECT_FALSE(not_whole);
}

TEST(Planning, IsNotHeldUpByAnOutcomeThatIsTooLong) {
    const auto outcome = plan_by([] {
        master::Plan plan = some_plan();
        plan.config = std::string(80 * 1024 * 1024, 'c');
        return plan;
    });
    EXPECT_FALSE(outcome);
}

TEST(Planning, DecodesNothingElse) {
    const std::string octets = master::encode(some_plan());
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, octets.size() / 2, octets.size() - 1})
        EXPECT_FALSE(master::decode_outcome(octets.substr(0, length)));
    EXPECT_FALSE(master::decode_outcome(octets + "x"));
}
