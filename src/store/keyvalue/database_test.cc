#include "keyvalue/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include "keyvalue/octets.h"
#include "sandbox/intruder.h"

namespace keyvalue {
namespace {

constexpr Table words = 0;
constexpr Table times = 1;

class KeyValue : public ::testing::Test {
protected:
    KeyValue() {
        std::string place = (std::filesystem::temp_directory_path() / "hermod-keyvalue-XXXXXX").string();
        if (::mkdtemp(place.data())) folder_ = place;
    }
    ~KeyValue() override { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ + "/store"; }
    static Options options(Access access = Access::Write) {
        return {.format = "test 1", .tables = {"words", "times"}, .most_octets = 2 << 20, .access = access};
    }
    std::unique_ptr<Database> open(const Options& options = KeyValue::options()) const {
        auto opened = Database::open(path(), options);
        EXPECT_TRUE(opened.has_value()) << to_text(opened.error());
        return opened ? *std::move(opened) : nullptr;
    }
    std::optional<Error::Code> why_not(const Options& options = KeyValue::options()) const {
        const auto opened = Database::open(path(), options);
        return opened ? std::nullopt : std::optional(opened.error().code);
    }
    static void put(Database& database, Table table, std::string_view key, std::string_view value) {
        auto change = database.change();
        ASSERT_TRUE(change.has_value());
        ASSERT_TRUE(change->put(table, key, value).has_value());
        ASSERT_TRUE(change->commit().has_value());
    }
    static std::string get(Database& database, Table table, std::string_view key) {
        const auto view = database.view();
        if (!view) return to_text(view.error());
        const auto found = view->get(table, key);
        return found && *found ? std::string(**found) : "nothing";
    }
    /// Two tables, several pages deep, with long values, and free pages.
    void fill() const {
        const auto database = open();
        for (int round = 0; round < 3; ++round) {
            auto change = database->change();
            for (std::uint64_t i = 0; i < 300; ++i) {
                const auto key = octets_of(i * 7919 % 300);
                EXPECT_TRUE(change->put(words, key, fmt::format("value {} of round {}", i, round)).has_value());
                if (i % 100 == 0) EXPECT_TRUE(change->put(times, key, std::string(9000, 'x')).has_value());
                if (i % 3 == 0 && round > 0) EXPECT_TRUE(change->erase(words, key).has_value());
            }
            EXPECT_TRUE(change->commit().has_value());
        }
    }
    std::string content() const {
        std::ifstream file(path(), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(std::string_view octets) const {
        std::filesystem::remove(path() + "-lock");
        std::ofstream(path(), std::ios::binary) << octets;
    }

    std::string folder_;
};

/// Everything that is there read, and something written: what must end whatever the file was.
void use(Database& database) {
    {
        const auto view = database.view();
        if (!view) return;
        std::size_t octets = 0;
        for (const Table table : {words, times})
            static_cast<void>(view->range(table, "", [&](std::string_view key, std::string_view value) {
                octets += key.size();
                for (const char octet : value) octets += octet == 'x';
                return octets < 100'000'000;
            }));
    }
    auto change = database.change();
    if (!change) return;
    for (std::uint64_t i = 0; i < 200; ++i)
        if (!change->put(words, octets_of(i * 31), std::string(300, 'y'))) return;
    for (std::uint64_t i = 0; i < 300; i += 5)
        if (!change->erase(words, octets_of(i))) return;
    static_cast<void>(change->commit());
}

int in_child(const std::function<int()>& what) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(what());
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_F(KeyValue, KeepsWhatIsCommittedInTheOrderOfItsKeys) {
    {
        const auto database = open();
        auto change = database->change();
        for (const std::uint32_t number : {300U, 2U, 70'000U, 1U})
            ASSERT_TRUE(change->put(times, octets_of(number), std::to_string(number)).has_value());
        ASSERT_TRUE(change->put(times, octets_of(2U), "two").has_value());
        EXPECT_TRUE(change->erase(times, octets_of(1U)).value());
        EXPECT_FALSE(change->erase(times, octets_of(1U)).value());
        ASSERT_TRUE(change->commit().has_value());
    }
    const auto database = open();
    const auto view = database->view().value();
    std::string all;
    ASSERT_TRUE(view.range(times, "",
                           [&](std::string_view key, std::string_view value) {
                               all += fmt::format("{}={} ", *take_number<std::uint32_t>(key), value);
                               return true;
                           })
                    .has_value());
    EXPECT_EQ(all, "2=two 300=300 70000=70000 ");
    EXPECT_EQ(view.count(times).value(), 3U);
    EXPECT_EQ(view.count(words).value(), 0U);
    EXPECT_EQ(view.first(times).value()->second, "two");
    EXPECT_FALSE(view.first(words).value().has_value());
    std::string_view from_300;
    ASSERT_TRUE(view.range(times, octets_of(3U),
                           [&](std::string_view, std::string_view value) {
                               from_300 = value;
                               return false;
                           })
                    .has_value());
    EXPECT_EQ(from_300, "300");
}

TEST_F(KeyValue, AViewIsOfItsMomentAndAChangeThatIsNotCommittedIsNone) {
    const auto database = open();
    put(*database, words, "a", "1");
    const auto before = database->view().value();
    put(*database, words, "a", "2");
    {
        auto change = database->change().value();
        ASSERT_TRUE(change.put(words, "a", "3").has_value());
        EXPECT_EQ(**change.get(words, "a"), "3");
        EXPECT_EQ(database->change().error().code, Error::Code::Locked);  // one at a time
    }
    EXPECT_EQ(**before.get(words, "a"), "1");
    EXPECT_EQ(get(*database, words, "a"), "2");
    auto change = database->change().value();
    ASSERT_TRUE(change.clear(words).has_value());
    ASSERT_TRUE(change.commit().has_value());
    EXPECT_EQ(get(*database, words, "a"), "nothing");
}

TEST_F(KeyValue, KeysAndValuesThatHaveNoRoomAreRefused) {
    const auto database = open();
    auto change = database->change().value();
    EXPECT_EQ(change.put(words, "", "x").error().code, Error::Code::Unfit);
    EXPECT_EQ(change.put(words, std::string(longest_key + 1, 'k'), "x").error().code, Error::Code::Unfit);
    EXPECT_EQ(change.put(words, "k", std::string(longest_value + 1, 'v')).error().code, Error::Code::Unfit);
    EXPECT_TRUE(change.put(words, std::string(longest_key, 'k'), "").has_value());
    EXPECT_TRUE(change.commit().has_value());
    EXPECT_EQ(get(*database, words, std::string(longest_key, 'k')), "");
}

TEST_F(KeyValue, IsFullAtItsBoundAndGoesOnWithWhatItHas) {
    auto quick = options();
    quick.durability = Durability::Recent;
    const auto database = open(quick);
    put(*database, words, "first", "1");
    bool is_full = false;
    for (std::uint64_t i = 0; i < 2000 && !is_full; ++i) {
        auto change = database->change().value();
        const auto done = change.put(times, octets_of(i), std::string(4000, 'x'));
        is_full = !done;
        if (!is_full) {
            ASSERT_TRUE(change.commit().has_value());
            continue;
        }
        EXPECT_EQ(done.error().code, Error::Code::Full);
        EXPECT_EQ(change.commit().error().code, Error::Code::Full);
    }
    ASSERT_TRUE(is_full);
    EXPECT_LE(std::filesystem::file_size(path()), options().most_octets / 2 * 3);
    const auto full = database->room().value();
    EXPECT_GE(full.used, full.most);
    EXPECT_EQ(get(*database, words, "first"), "1");
    auto change = database->change().value();
    for (std::uint64_t i = 0; i < 300; ++i) ASSERT_TRUE(change.erase(times, octets_of(i)).has_value());
    ASSERT_TRUE(change.commit().has_value());
    EXPECT_LT(database->room().value().used, full.used);
    put(*database, words, "second", "2");
    EXPECT_EQ(get(*database, words, "second"), "2");
}

TEST_F(KeyValue, ADiskThatIsFullIsSaid) {
    EXPECT_EQ(in_child([&] {
                  const auto database = open();
                  ::signal(SIGXFSZ, SIG_IGN);
                  const rlimit most{64 * 1024, 64 * 1024};
                  ::setrlimit(RLIMIT_FSIZE, &most);
                  auto change = database->change().value();
                  for (std::uint64_t i = 0; i < 100; ++i)
                      if (!change.put(times, octets_of(i), std::string(3000, 'x'))) return 1;
                  const auto committed = change.commit();
                  if (committed || committed.error().code != Error::Code::Full) return 2;
                  return get(*database, words, "a") == "nothing" ? 0 : 3;
              }),
              0);
    EXPECT_FALSE(why_not());
}

TEST_F(KeyValue, WhatIsNoStoreIsDamagedAndLeftAlone) {
    std::mt19937 chance(1);
    std::string noise(100'000, '\0');
    for (auto& octet : noise) octet = static_cast<char>(chance());
    for (const auto& octets : {std::string("hello"), std::string(100'000, '\0'), noise, std::string(5000, 'x')}) {
        SCOPED_TRACE(octets.size());
        write(octets);
        EXPECT_EQ(why_not(), Error::Code::Damaged);
        EXPECT_EQ(why_not(options(Access::Read)), Error::Code::Damaged);
        EXPECT_EQ(content(), octets);
    }
    std::filesystem::remove(path());
    std::filesystem::create_directory(path());
    EXPECT_TRUE(why_not());
}

TEST_F(KeyValue, AFileThatIsCutOffIsDamagedAndNoSignal) {
    fill();
    const auto whole = content();
    ASSERT_GT(whole.size(), 60'000U);
    for (std::size_t length = 1; length < whole.size(); length += 2777) {
        SCOPED_TRACE(length);
        write(whole.substr(0, length));
        EXPECT_EQ(why_not(), Error::Code::Damaged);
    }
    write(whole);
    EXPECT_FALSE(why_not());
}

TEST_F(KeyValue, AFileThatIsCutOffWhileItIsOpenIsDamagedAndNoSignal) {
    fill();
    const auto database = open();
    for (const std::uintmax_t length :
         {std::filesystem::file_size(path()) - 1, std::uintmax_t{5000}, std::uintmax_t{0}}) {
        std::filesystem::resize_file(path(), length);
        EXPECT_EQ(database->view().error().code, Error::Code::Damaged);
        EXPECT_EQ(database->change().error().code, Error::Code::Damaged);
        EXPECT_EQ(database->room().error().code, Error::Code::Damaged);
    }
}

// Whatever single octets of it are: it is refused, or can be used without harm.
TEST_F(KeyValue, AnyOctetMayBeWrong) {
    fill();
    const auto whole = content();
    int refused = 0;
    int tried = 0;
    const auto attempt = [&](std::size_t at, char octet) {
        auto changed = whole;
        if (changed[at] == octet) return;
        changed[at] = octet;
        write(changed);
        ++tried;
        const int outcome = in_child([&] {
            auto opened = Database::open(path(), options());
            if (!opened) return 1;
            use(**opened);
            return 0;
        });
        EXPECT_GE(outcome, 0) << "octet " << at << " as " << int(octet);
        refused += outcome == 1;
    };
    // All that has structure: the heads of pages densely, what is in them here and there.
    for (std::size_t page = 0; page < whole.size(); page += 4096) {
        const std::size_t dense = page < 8192 ? 160 : 24;
        for (std::size_t i = 0; i < dense; i += page < 8192 ? 2 : 5) attempt(page + i, static_cast<char>(0xff));
        for (std::size_t i = dense; i < 4096; i += 811) attempt(page + i, '\x81');
    }
    EXPECT_GT(refused, tried / 10);
}

TEST_F(KeyValue, AStoreOfAnotherKindIsLeftAlone) {
    fill();
    auto other = options();
    other.format = "test 2";
    EXPECT_EQ(why_not(other), Error::Code::Foreign);
    EXPECT_FALSE(why_not());
    other = options();
    other.tables.push_back("added since");
    EXPECT_EQ(open(other)->view()->count(2).value(), 0U);
}

TEST_F(KeyValue, ReadersMakeNothing) {
    EXPECT_EQ(why_not(options(Access::Read)), Error::Code::Absent);
    EXPECT_FALSE(std::filesystem::exists(path()));
    put(*open(), words, "a", "1");
    const auto database = open(options(Access::Read));
    EXPECT_EQ(get(*database, words, "a"), "1");
    EXPECT_EQ(database->change().error().code, Error::Code::Forbidden);
}

TEST_F(KeyValue, LinksAreNotFollowed) {
    const auto elsewhere = folder_ + "/elsewhere";
    std::filesystem::create_symlink(elsewhere, path());
    EXPECT_EQ(why_not(), Error::Code::Forbidden);
    std::filesystem::remove(path());
    std::filesystem::create_symlink(elsewhere, path() + "-lock");
    EXPECT_TRUE(why_not());
    EXPECT_FALSE(std::filesystem::exists(elsewhere));
}

TEST_F(KeyValue, OthersReadWhatOneWritesAndWaitTheirTurn) {
    const auto ask = [&](const std::function<int(Database&)>& what) {
        return in_child([&] {
            auto opened = Database::open(path(), options(Access::Read));
            return opened ? what(**opened) : 100;
        });
    };
    {
        const auto database = open();
        put(*database, words, "a", "1");
        EXPECT_EQ(ask([](Database& theirs) { return get(theirs, words, "a") == "1" ? 0 : 1; }), 0);
        auto change = database->change().value();
        ASSERT_TRUE(change.put(words, "a", "2").has_value());
        EXPECT_EQ(ask([](Database& theirs) { return get(theirs, words, "a") == "1" ? 0 : 1; }), 0);
        EXPECT_EQ(in_child([&] { return why_not() == Error::Code::Locked ? 0 : 1; }), 0);
        ASSERT_TRUE(change.commit().has_value());
        EXPECT_EQ(ask([](Database& theirs) { return get(theirs, words, "a") == "2" ? 0 : 1; }), 0);
    }
    EXPECT_EQ(in_child([&] {
                  put(*open(), words, "b", "of the child");
                  return 0;
              }),
              0);
    EXPECT_EQ(get(*open(), words, "b"), "of the child");
}

TEST_F(KeyValue, WhoDiesWhileHeWritesHoldsUpNobody) {
    const auto database = open();
    put(*database, words, "a", "1");
    EXPECT_EQ(in_child([&] {
                  const auto theirs = open();
                  auto change = theirs->change().value();
                  if (!change.put(words, "a", "2")) return 1;
                  ::raise(SIGKILL);
                  return 0;
              }),
              -SIGKILL);
    put(*database, words, "b", "2");
    EXPECT_EQ(get(*database, words, "a"), "1");
    EXPECT_EQ(get(*database, words, "b"), "2");
}

TEST_F(KeyValue, WhatIsDamagedIsPutAsideForANewOne) {
    write("no store");
    ASSERT_TRUE(set_aside(path()).has_value());
    put(*open(), words, "a", "1");
    EXPECT_TRUE(std::filesystem::exists(path() + ".damaged"));
    const auto database = open();
    EXPECT_FALSE(database->is_replaced());
    ASSERT_TRUE(set_aside(path()).has_value());
    EXPECT_TRUE(database->is_replaced());
    EXPECT_EQ(get(*database, words, "a"), "1");
    EXPECT_EQ(get(*open(), words, "a"), "nothing");
}

// As policyd has it: its own folder as the root, and no calls but those for files and the network.
TEST_F(KeyValue, WorksBehindTheFences) {
    using enum sandbox::May;
    using Purpose = process::Directory::Purpose;
    auto given = sandbox::as_started_by_master();
    const file::Descriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (given.privileged) ASSERT_EQ(::fchown(folder.get(), given.uid, given.gid), 0);
    given.directories.push_back({Purpose::State, file::Descriptor(::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0))});
    sandbox::Policy policy;
    policy.may = Connect | ReadFiles | WriteFiles;
    policy.root = Purpose::State;
    policy.reach.push_back({.access = sandbox::Reach::Access::Write, .purpose = policy.root});
    policy.processes = 1;
    const auto place = given.privileged ? std::string("/store") : path();
    const int outcome = sandbox::attempt(policy, given, [&] {
        auto opened = Database::open(place, options());
        if (!opened) return 1;
        for (std::uint64_t i = 0; i < 50; ++i) put(**opened, times, octets_of(i), std::string(4000, 'x'));
        return get(**opened, times, octets_of(std::uint64_t{49})).size() == 4000 ? 0 : 2;
    });
    EXPECT_EQ(outcome, 0);
    EXPECT_EQ(open()->view()->count(times).value(), 50U);
}

}  // namespace
}  // namespace keyvalue
