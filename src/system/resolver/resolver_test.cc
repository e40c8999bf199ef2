#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "file/descriptor.h"
#include "resolver/open.h"
#include "resolver/unbound.h"

namespace resolver {
namespace {

using namespace std::chrono_literals;
using dns::Existence;
using dns::Outcome;
using ::testing::HasSubstr;

/// A UDP port that nobody else has; with the socket open, a name server that never answers.
struct Port {
    Port() : socket(::socket(AF_INET, SOCK_DGRAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        socklen_t length = sizeof address;
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
        number = ntohs(address.sin_port);
    }
    ip::Endpoint endpoint() const { return {*ip::parse_address("127.0.0.1"), number}; }

    file::Descriptor socket;
    std::uint16_t number = 0;
};

std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string zone_text() {
    std::string text =
        "$ORIGIN test.\n$TTL 300\n"
        "@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n"
        "@ MX 10 mx\nmx A 192.0.2.1\nmx AAAA 2001:db8::1\nalias CNAME mx\nbroken A 192.0.2.66\n";
    for (int i = 0; i < 20; ++i) text += "big TXT \"" + std::string(200, static_cast<char>('a' + i)) + "\"\n";
    return text;
}

/// NSD on a loopback port with the signed zone "test.", in which the address of "broken" was changed after signing.
class NameServer {
public:
    static bool is_installed() {
        return ::access("/usr/sbin/nsd", X_OK) == 0 && ::access("/usr/bin/ldns-signzone", X_OK) == 0;
    }

    NameServer() {
        char name[] = "/tmp/resolver_test.XXXXXX";
        directory_ = ::mkdtemp(name);
        std::ofstream(directory_ / "zone") << zone_text();
        const auto here = "cd " + directory_.string() + " && ";
        EXPECT_EQ(std::system((here + "ldns-keygen -r /dev/urandom -a ECDSAP256SHA256 -k test >key").c_str()), 0);
        EXPECT_EQ(std::system((here + "ldns-signzone -f signed zone $(cat key) >/dev/null").c_str()), 0);
        EXPECT_EQ(std::system((here + "sed -i 's/192\\.0\\.2\\.66$/192.0.2.67/' signed").c_str()), 0);
        auto key = contents(directory_ / "key");
        key.resize(key.find_last_not_of('\n') + 1);
        trust_anchor = contents(directory_ / (key + ".ds"));
        start();
    }
    ~NameServer() {
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
        std::filesystem::remove_all(directory_);
    }

    std::string trust_anchor;
    ip::Endpoint endpoint;

private:
    void start() {
        {
            Port port;
            endpoint = port.endpoint();
        }
        const auto at = [this](const char* name) { return "\"" + (directory_ / name).string() + "\""; };
        std::ofstream(directory_ / "conf")
            << "server:\n ip-address: 127.0.0.1@" << endpoint.port
            << "\n username: \"\"\n chroot: \"\"\n zonesdir: " << at("")
            << "\n pidfile: \"\"\n database: \"\"\n xfrdfile: " << at("xfrd") << "\n zonelistfile: " << at("zonelist")
            << "\n cookie-secret-file: \"\"\n server-count: 1\n"
            << "remote-control:\n control-enable: no\nzone:\n name: test\n zonefile: signed\n";
        child_ = ::fork();
        if (child_ == 0) {
            const auto conf = (directory_ / "conf").string();
            ::execl("/usr/sbin/nsd", "nsd", "-d", "-V", "0", "-c", conf.c_str(), nullptr);
            ::_exit(127);
        }
        std::this_thread::sleep_for(200ms);  // a question that comes too early takes drill five seconds
        const auto probe =
            "drill -p " + std::to_string(endpoint.port) + " @127.0.0.1 test SOA 2>/dev/null | grep -q NOERROR";
        for (int i = 0; i < 100 && std::system(probe.c_str()) != 0; ++i) std::this_thread::sleep_for(50ms);
    }

    std::filesystem::path directory_;
    pid_t child_ = -1;
};

class ResolverTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        if (NameServer::is_installed()) server = new NameServer;
    }
    static void TearDownTestSuite() {
        delete server;
        server = nullptr;
    }
    void SetUp() override {
        if (!server) GTEST_SKIP() << "nsd and ldnsutils are not installed";
    }

    std::vector<dns::Answer> ask_all(UnboundResolver& resolver, const std::vector<dns::Question>& questions) {
        std::vector<dns::Answer> answers(questions.size());
        std::size_t open = questions.size();
        for (std::size_t i = 0; i < questions.size(); ++i) {
            boost::asio::co_spawn(context, resolver.ask(questions[i]), [&, i](std::exception_ptr, dns::Answer answer) {
                answers[i] = std::move(answer);
                --open;
            });
        }
        context.restart();
        while (open > 0 && context.run_one_for(30s) > 0) {
        }
        EXPECT_EQ(open, 0u);
        return answers;
    }
    dns::Answer ask(UnboundResolver& resolver, std::string_view name, dns::Type type) {
        return ask_all(resolver, {{*dns::parse_name(name), type}}).front();
    }
    Settings validating() const { return {.forward_to = {server->endpoint}, .trust_anchors = server->trust_anchor}; }

    static inline NameServer* server = nullptr;
    boost::asio::io_context context;
};

// RFC 4035 §4.3: the four outcomes, none taken for another.
TEST_F(ResolverTest, ValidatesWhatItIsTold) {
    UnboundResolver resolver(context, validating());
    struct Case {
        std::string_view name;
        dns::Type type;
        Outcome outcome;
        Existence existence;
        std::size_t records;
    };
    const Case cases[] = {
        {"test", dns::Type::Mx, Outcome::Secure, Existence::Found, 1},
        {"mx.test", dns::Type::Aaaa, Outcome::Secure, Existence::Found, 1},
        {"alias.test", dns::Type::A, Outcome::Secure, Existence::Found, 1},
        {"mx.test", dns::Type::Mx, Outcome::Secure, Existence::NoData, 0},
        {"nobody.test", dns::Type::Mx, Outcome::Secure, Existence::NoName, 0},
        {"broken.test", dns::Type::A, Outcome::Bogus, Existence::NoData, 0},
        {"elsewhere.example", dns::Type::A, Outcome::Failed, Existence::NoData, 0},
    };
    for (const auto& [name, type, outcome, existence, records] : cases) {
        SCOPED_TRACE(name);
        for (const bool is_cached : {false, true}) {
            SCOPED_TRACE(is_cached);
            const auto answer = ask(resolver, name, type);
            EXPECT_EQ(answer.outcome, outcome) << answer.reason;
            EXPECT_EQ(answer.existence, existence);
            EXPECT_EQ(answer.records.size(), records);
        }
    }
    EXPECT_THAT(ask(resolver, "broken.test", dns::Type::A).reason, HasSubstr("signature"));
    EXPECT_THAT(ask(resolver, "elsewhere.example", dns::Type::A).reason, HasSubstr("SERVFAIL"));
    EXPECT_EQ(resolver.in_flight(), 0u);
}

// RFC 4035 §4.3, as it is set in a server
TEST_F(ResolverTest, ValidatesByTheAnchorsThatAreSet) {
    char name[] = "/tmp/resolver_test.XXXXXX";
    file::Descriptor file(::mkstemp(name));
    std::ofstream(name) << "; of a laboratory\n" << server->trust_anchor;
    const site::Dns settings{.resolver = {server->endpoint}, .trust_anchors = name};
    auto opened = open(context, settings);
    ASSERT_TRUE(opened) << opened.error();
    auto& resolver = dynamic_cast<UnboundResolver&>(**opened);
    EXPECT_EQ(ask(resolver, "test", dns::Type::Mx).outcome, Outcome::Secure);
    EXPECT_EQ(ask(resolver, "broken.test", dns::Type::A).outcome, Outcome::Bogus);
    std::ofstream(name) << "nonsense\n";
    EXPECT_THAT(open(context, settings).error(), HasSubstr(std::string("are there DS or DNSKEY records in ") + name));
    std::filesystem::remove(name);
    EXPECT_EQ(open(context, settings).error(), std::string("cannot open ") + name);
}

TEST_F(ResolverTest, BelievesWithoutAnchorsButNotSecurely) {
    UnboundResolver resolver(context, {.forward_to = {server->endpoint}});
    EXPECT_EQ(ask(resolver, "test", dns::Type::Mx).outcome, Outcome::Insecure);
    EXPECT_EQ(ask(resolver, "broken.test", dns::Type::A).outcome, Outcome::Insecure);
    EXPECT_EQ(ask(resolver, "nobody.test", dns::Type::A).existence, Existence::NoName);
}

// RFC 7766 §5: what does not fit into a datagram comes by TCP.
TEST_F(ResolverTest, FetchesBigAnswersByTcp) {
    UnboundResolver resolver(context, validating());
    const auto answer = ask(resolver, "big.test", dns::Type::Txt);
    EXPECT_EQ(answer.outcome, Outcome::Secure) << answer.reason;
    EXPECT_EQ(answer.records.size(), 20u);
}

TEST_F(ResolverTest, AnswersManyAtOnce) {
    UnboundResolver resolver(context, validating());
    std::vector<dns::Question> questions;
    for (int i = 0; i < 500; ++i)
        questions.push_back({*dns::parse_name("n" + std::to_string(i % 100) + ".test"), dns::Type::A});
    for (const auto& answer : ask_all(resolver, questions)) EXPECT_EQ(answer.existence, Existence::NoName);
}

TEST_F(ResolverTest, LimitsQuestionsUnderWay) {
    Port mute;
    UnboundResolver resolver(context, {.forward_to = {mute.endpoint()}, .deadline = 200ms, .most_in_flight = 10});
    std::vector<dns::Question> questions;
    for (int i = 0; i < 15; ++i)
        questions.push_back({*dns::parse_name("n" + std::to_string(i) + ".test"), dns::Type::A});
    int refused = 0;
    for (const auto& answer : ask_all(resolver, questions)) refused += answer.reason == "too many questions at once";
    EXPECT_EQ(refused, 5);
}

// An unreachable server: the caller hears of it within the deadline, and nothing answers into what is gone.
TEST_F(ResolverTest, KeepsItsDeadline) {
    Port mute;
    UnboundResolver resolver(context, {.forward_to = {mute.endpoint()}, .deadline = 200ms});
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = ask(resolver, "test", dns::Type::Mx);
    EXPECT_EQ(answer.outcome, Outcome::Failed);
    EXPECT_EQ(answer.reason, "no answer in time");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
    context.restart();
    context.run_for(500ms);
}

TEST_F(ResolverTest, MayEndWithQuestionsUnderWay) {
    Port mute;
    {
        boost::asio::io_context own;
        UnboundResolver resolver(own, {.forward_to = {mute.endpoint()}});
        boost::asio::co_spawn(own, resolver.ask({*dns::parse_name("test"), dns::Type::Mx}), boost::asio::detached);
        own.run_for(50ms);
        EXPECT_EQ(resolver.in_flight(), 1u);
    }
}

TEST(OpenResolver, SaysWhyItCannot) {
    boost::asio::io_context context;
    site::Dns settings;
    settings.table = "/nonexistent/table";
    EXPECT_EQ(open(context, settings).error(), "cannot open /nonexistent/table");
    char name[] = "/tmp/resolver_test.XXXXXX";
    file::Descriptor file(::mkstemp(name));
    std::ofstream(name) << "{\"name\": \"a.example\", \"type\": \"A\", \"data\": \"192.0.2.1\"}\nnonsense\n";
    settings.table = name;
    EXPECT_THAT(open(context, settings).error(), HasSubstr(std::string(name) + ":2: "));
    std::filesystem::remove(name);
}

}  // namespace
}  // namespace resolver
