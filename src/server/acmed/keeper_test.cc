// When a certificate is fetched without anybody's asking. The authority cannot be reached here: that it was asked shows
// in what is told of the failure.
#include "acmed/keeper.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "crypto/certify.h"
#include "crypto/digest.h"
#include "https/requester.h"
#include "resolver/resolver.h"

namespace acmed {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr auto directory = "https://authority.test/directory";

class SetClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return now; }
    clocks::Steady steady() const override { return {}; }
    clocks::Wall now{1'800'000'000s};
};

/// Knows nothing, but is asked when the authority is to be.
class CountingResolver final : public resolver::Resolver {
public:
    net::Task<dns::Answer> ask(dns::Question) override {
        ++asked;
        co_return dns::Answer{};
    }
    int asked = 0;
};

struct KeptCertificate : ::testing::Test {
    KeptCertificate() {
        std::filesystem::create_directories(path);
        folder.emplace(file::Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
        config.hostname = "mx.l.test";
        config.acme.directory = directory;
    }
    ~KeptCertificate() override { std::filesystem::remove_all(path); }

    void keep(std::chrono::seconds age, std::chrono::seconds left, const std::string& name = "mx.l.test",
              const std::string& source = directory) {
        const auto now = std::chrono::floor<std::chrono::seconds>(clock.now);
        const auto key = crypto::SigningKey::make(crypto::SigningKey::Kind::P256);
        auto certificate = crypto::self_signed(key, {name}, {now - age, now + left});
        ASSERT_TRUE(folder->replace({std::move(certificate), key.to_pem(), source}));
    }
    Keeper& begin() {
        keeper.emplace(Keeper::Means{.context = context,
                                     .clock = clock,
                                     .log = log,
                                     .folder = *folder,
                                     .business = business,
                                     .take_into_use = [] {},
                                     .to_admind = [this](const admind::FromAcmed& said) { heard.push_back(said); }},
                       config);
        keeper->begin();
        return *keeper;
    }
    void turn() {
        context.restart();
        for (int i = 0; i < 50; ++i) context.poll();
    }
    admind::CertificateState state() {
        heard.clear();
        keeper->take(Order{.ticket = 1, .verb = Verb::Status});
        return std::get<admind::CertificateState>(heard.at(0));
    }
    clocks::Wall next() { return clocks::Wall(std::chrono::milliseconds(state().next)); }

    std::string path = std::filesystem::temp_directory_path() / ("keeper-" + std::to_string(::getpid()));
    std::optional<certificates::Folder> folder;
    Config config;
    SetClock clock;
    asio::io_context context;
    logs::Log log{clock, {}, {}};
    CountingResolver resolver;
    https::Requester requester{context, resolver, *tls::Client::make("")};
    Web web{requester};
    Proofs proofs{{.show = [](const auto&, const auto&) {}, .hide = [] {}}};
    Hooks hooks{context};
    Business business{context, web, proofs, hooks};
    std::vector<admind::FromAcmed> heard;
    std::optional<Keeper> keeper;
};

TEST_F(KeptCertificate, IsFetchedAtOnceWhereThereIsNone) {
    begin();
    turn();
    EXPECT_GT(resolver.asked, 0);
    EXPECT_FALSE(state().trouble.empty());
}

// RFC 8555 has no opinion; a third of its life is left for an authority that is down, or a mistake to be mended.
TEST_F(KeptCertificate, IsRenewedWhenAThirdOfItsLifeIsLeft) {
    keep(10h, 80h);
    begin();
    turn();
    EXPECT_EQ(resolver.asked, 0);
    EXPECT_EQ(next(), clock.now + 50h);

    keep(60h - 1s, 30h + 1s);
    begin();
    turn();
    EXPECT_EQ(resolver.asked, 0);
    EXPECT_EQ(next(), clock.now + 1s);
    clock.now += 1s;
    context.restart();
    while (resolver.asked == 0) ASSERT_EQ(context.run_one_for(60s), 1u) << "the timer has it done, unasked";
}

TEST_F(KeptCertificate, IsRenewedAtOnceWhenItIsDueAlready) {
    for (const auto& [age, left] : {std::pair{61h, 29h}, {80h, 1h}, {80h, -1h}}) {
        resolver.asked = 0;
        keep(age, left);
        begin();
        turn();
        EXPECT_GT(resolver.asked, 0) << left;
    }
}

TEST_F(KeptCertificate, IsFetchedWhereTheOneThatIsThereIsAnothers) {
    for (const auto& [name, source] : {std::pair{"old.l.test", directory}, {"mx.l.test", "https://other.test/"}}) {
        resolver.asked = 0;
        keep(10h, 80h, name, source);
        begin();
        turn();
        EXPECT_GT(resolver.asked, 0) << name;
    }
}

// Whoever is asked without end bans us.
TEST_F(KeptCertificate, IsNotAskedForAgainAtOnceAfterAFailure) {
    begin();
    turn();
    auto asked = resolver.asked;
    EXPECT_EQ(next(), clock.now + 5min);
    turn();
    EXPECT_EQ(resolver.asked, asked);

    keeper->take(Order{.ticket = 2, .verb = Verb::Issue});  // an administrator may
    turn();
    EXPECT_GT(resolver.asked, asked);
    EXPECT_EQ(next(), clock.now + 10min);

    asked = resolver.asked;
    config.acme.names = {"mx.l.test", "www.l.test"};
    keeper->replace(config);  // another wish is another matter
    turn();
    EXPECT_GT(resolver.asked, asked);
}

}  // namespace
}  // namespace acmed
