// What policyd tells of the records of our keys.
#include "policyd/key_watch.h"

#include <gtest/gtest.h>

#include "signing_keys/publication.h"

namespace policyd {
namespace {

constexpr std::string_view table = R"(
{"name": "there._domainkey.x.test", "type": "TXT", "data": "v=DKIM1; k=ed25519; p=heOHNPZEXnESYX9rgEUwL9RxrdJQOMbT2SrLkLGkiq4="}
{"name": "gone._domainkey.x.test", "type": "TXT", "data": "v=DKIM1; k=ed25519; p="}
{"name": "late._domainkey.x.test", "type": "TXT", "rcode": "TIMEOUT"}
)";

site::DkimRecord record(std::string_view selector, std::string_view key) {
    return {.name = std::string(selector) + "._domainkey.x.test", .text = "v=DKIM1; k=ed25519; p=" + std::string(key)};
}

using Told = std::vector<std::pair<std::uint64_t, bool>>;

struct Watching : testing::Test {
    void expect(const site::Dkim& dkim, const Told& wanted) {
        KeyWatch watch(context, resolver,
                       {.record = [this](std::uint64_t number, bool is_there) { told.emplace_back(number, is_there); },
                        .looked =
                            [this] {
                                ++looks;
                                context.stop();
                            }},
                       {.first = std::chrono::milliseconds(0), .then = std::chrono::hours(1)});
        watch.use(dkim);
        context.run_for(std::chrono::seconds(60));
        EXPECT_EQ(told, wanted);
    }

    boost::asio::io_context context{1};
    resolver::TableResolver resolver{*dns::parse_table(table)};
    Told told;
    int looks = 0;
};

TEST_F(Watching, OfWhatIsAwaited) {
    const std::string_view key = "heOHNPZEXnESYX9rgEUwL9RxrdJQOMbT2SrLkLGkiq4=";
    site::Dkim dkim{.sign = true};
    dkim.awaited = {record("there", key), record("there", ""), record("gone", ""),
                    record("gone", key),  record("late", key), record("absent", key)};
    const auto number = [](const site::DkimRecord& one) { return signing_keys::number_of(one.name, one.text); };
    expect(dkim, {{number(dkim.awaited[0]), true},
                  {number(dkim.awaited[1]), false},
                  {number(dkim.awaited[2]), true},
                  {number(dkim.awaited[3]), false},
                  {number(dkim.awaited[5]), false}});  // of one nobody answered
    EXPECT_EQ(looks, 1);
}

TEST_F(Watching, TellsWhereNothingIsAwaited) {
    expect({.sign = true}, {});
    EXPECT_EQ(looks, 1) << "a key may be old enough";
}

TEST_F(Watching, LooksAtNothingWhereNothingIsSigned) {
    site::Dkim dkim;
    dkim.awaited = {record("there", "")};
    KeyWatch watch(context, resolver, {.record = {}, .looked = [this] { ++looks; }}, {.first = {}, .then = {}});
    watch.use(dkim);
    context.run();  // there is nothing to wait for
    EXPECT_EQ(looks, 0);
}

}  // namespace
}  // namespace policyd
