// `hermod dkim rotate` and `revoke`, in a folder of their own, where something is in their way.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "authentication/dkim_rotate.h"
#include "file/posix_disk.h"
#include "signing_keys/folder.h"
#include "signing_keys/testing.h"

namespace authentication {
namespace {

using signing_keys::Keys;
using signing_keys::State;

constexpr std::int64_t today = 1'764'000'000;

struct Commands : testing::Test {
    Commands() {
        std::filesystem::create_directories(place());
        configure(root + "/control");
        publish("");
    }
    ~Commands() override { std::filesystem::remove_all(root); }

    void configure(const std::string& control_socket) const {
        std::ofstream(root + "/hermod.toml") << fmt::format(
            "hostname = \"mx.x.test\"\ndata_directory = \"{0}\"\ncontrol_socket = \"{1}\"\n"
            "[dkim]\nsign = true\nwait = \"0s\"\nmake = \"ed25519\"\n[dns]\ntable = \"{0}/dns\"\n",
            root, control_socket);
    }
    void publish(const std::string& lines) const { std::ofstream(root + "/dns") << lines; }
    /// A key that signs.
    void add(const std::string& domain, const std::string& selector) const {
        signing_keys::testing::add_used_key(open(), domain, selector);
    }
    int run_rotate(const std::string& domain) {
        RotateQuestion question{.domain = domain};
        question.goes_on_only = domain.empty();
        question.now.given = today;
        CLI::App app;
        question.dns.add_to(app);
        app.parse("--config " + root + "/hermod.toml");
        return spoken([&] { return rotate(question); });
    }
    int run_revoke(const std::vector<std::string>& selectors) {
        RevokeQuestion question{.configuration = root + "/hermod.toml", .domain = "x.test", .selectors = selectors};
        question.now.given = today;
        return spoken([&] { return revoke(question); });
    }
    template <typename Command>
    int spoken(Command command) {
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const int status = command();
        said = testing::internal::GetCapturedStdout();
        complained = testing::internal::GetCapturedStderr();
        return status;
    }
    std::string place() const { return root + "/keys/dkim"; }
    signing_keys::Folder open() const { return signing_keys::Folder(*file::PosixDisk::open(place())); }
    Keys keys(const std::string& domain = "x.test") const { return *open().keys(domain); }

    std::string root = [] {
        std::string name = std::filesystem::temp_directory_path() / "hermod-keys-XXXXXX";
        return std::string(::mkdtemp(name.data()));
    }();
    std::string said, complained;
};

TEST_F(Commands, NewKeysStayThoughARevokedOneIsInTheDnsYet) {
    add("x.test", "leaked");
    auto all = keys();
    signing_keys::revoke(all, {}, today - 10);
    ASSERT_TRUE(open().replace("x.test", all));
    publish(R"({"name": "leaked._domainkey.x.test", "type": "TXT", "data": "v=DKIM1; k=ed25519; p=AAAA"})");
    EXPECT_EQ(run_rotate("x.test"), 1) << "the record is to be changed";
    EXPECT_TRUE(said.contains("new keys; publish")) << said;
    ASSERT_EQ(keys().size(), 2u) << said;
    EXPECT_TRUE(said.contains(keys()[1].selector + "._domainkey.x.test.")) << said;
    EXPECT_EQ(open().has_file("x.test", keys()[1].selector), true);
}

TEST_F(Commands, OneDomainsTroubleIsNotThatOfOthers) {
    for (const auto* domain : {"a.test", "b.test", "z.test"}) add(domain, "old");
    for (const auto* damaged : {"a.test", "z.test"}) std::ofstream(place() + "/" + damaged + "/state") << "nonsense\n";
    auto all = keys("b.test");
    all[0].retired = 4;
    ASSERT_TRUE(open().replace("b.test", all));
    EXPECT_EQ(run_rotate(""), 2);
    EXPECT_TRUE(complained.contains("a.test: ") && complained.contains("z.test: ")) << complained;
    EXPECT_EQ(keys("b.test"), Keys{});
    EXPECT_TRUE(said.contains("the server does not run")) << "it was to be told: " << said;
}

TEST_F(Commands, RevokingIsRepeatedUntilItIsDone) {
    add("x.test", "leaked");
    add("x.test", "other");
    const auto pem = place() + "/x.test/leaked.pem";
    std::filesystem::remove(pem);
    std::filesystem::create_directories(pem + "/x");  // cannot be removed
    EXPECT_EQ(run_revoke({"leaked"}), 2);
    EXPECT_TRUE(said.contains("the server does not run")) << "it was told nevertheless: " << said;
    EXPECT_TRUE(said.contains("p=\"") && said.contains("new keys; publish")) << said;
    ASSERT_EQ(keys().size(), 3u);
    EXPECT_EQ(state_of(keys()[0]), State::Revoked);
    const auto before = keys();
    std::filesystem::remove(pem + "/x");
    std::filesystem::remove(pem);
    std::ofstream(pem) << "a secret";
    EXPECT_EQ(run_revoke({"leaked"}), 0) << complained;
    EXPECT_FALSE(std::filesystem::exists(pem));
    EXPECT_TRUE(said.contains("the server does not run") && said.contains("p=\"")) << said;
    EXPECT_EQ(keys(), before) << "nothing else was changed";
}

TEST_F(Commands, AServerThatCannotBeToldIsNotSilence) {
    add("x.test", "leaked");
    configure(root + "/dns/control");  // below a file: it is not known whether somebody is there
    EXPECT_EQ(run_revoke({}), 1);
    EXPECT_TRUE(complained.contains("the server could not be told")) << complained;
    configure(root + "/control");
    EXPECT_EQ(run_revoke({}), 0) << complained;
}

}  // namespace
}  // namespace authentication
