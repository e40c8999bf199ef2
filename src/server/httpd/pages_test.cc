#include "httpd/pages.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace {

using site::ListenProtocol, site::ListenTls;

httpd::Config with(std::vector<site::Listen> listen) {
    httpd::Config config;
    config.hostname = "mx.example.org";
    config.listen = std::move(listen);
    return config;
}

site::Listen table(ListenProtocol protocol, std::uint16_t port, std::optional<ListenTls> tls = {}) {
    return {.protocol = protocol, .address = {ip::v4(0), port}, .tls = tls};
}

/// example.org is ours; nobody knows about later.example.
struct Pages : testing::Test {
    httpd::Pages pages{[](std::string domain) -> net::Task<httpd::Pages::Ours> {
        using enum httpd::Pages::Ours;
        co_return domain == "example.org" ? Yes : domain == "later.example" ? Unknown : No;
    }};

    std::string answer(http::Asked asked) {
        boost::asio::io_context context;
        std::string whole;
        boost::asio::co_spawn(
            context,
            [](httpd::Pages& all, http::Asked request, std::string& out) -> net::Task<void> {
                out = co_await all.answer(std::move(request));
            }(pages, std::move(asked), whole),
            boost::asio::detached);
        context.run();
        return whole;
    }
    std::string get(const std::string& target, const std::string& host = "x") { return answer({"GET", target, host}); }
    int status(http::Asked asked) { return std::stoi(answer(std::move(asked)).substr(9, 3)); }
};

}  // namespace

TEST(HttpdOffer, HasWhatPeopleUseWithEncryptionFirst) {
    const auto offer = httpd::offer_of(
        with({table(ListenProtocol::Smtp, 25), table(ListenProtocol::Submission, 587),
              table(ListenProtocol::Submissions, 465), table(ListenProtocol::Submissions, 465),
              table(ListenProtocol::Pop3, 110), table(ListenProtocol::Pop3, 1110, ListenTls::Off),
              table(ListenProtocol::Pop3s, 995), table(ListenProtocol::Http, 80), table(ListenProtocol::Lmtp, 24)}),
        /*has_certificate=*/true);
    using enum autoconfig::Security;
    EXPECT_EQ(offer.submission,
              (std::vector<autoconfig::Server>{{"mx.example.org", 465, Tls}, {"mx.example.org", 587, StartTls}}));
    EXPECT_EQ(offer.pop3,
              (std::vector<autoconfig::Server>{{"mx.example.org", 995, Tls}, {"mx.example.org", 110, StartTls}}));
}

TEST_F(Pages, TellOfOurDomainsAlone) {
    pages.use(httpd::offer_of(with({table(ListenProtocol::Pop3s, 995)}), true));
    const std::string path = "/mail/config-v1.1.xml";
    EXPECT_NE(get(path + "?emailaddress=a@example.org").find("<domain>example.org</domain>"), std::string::npos);
    EXPECT_EQ(status({"GET", path + "?emailaddress=a@example.net", "example.org"}), 404);
    EXPECT_EQ(status({"GET", path + "?emailaddress=a@later.example", "x"}), 503);
    for (const auto* host : {"autoconfig.example.org", "AutoConfig.Example.ORG:8080", "example.org"})
        EXPECT_EQ(status({"GET", path, host}), 200) << host;
    for (const auto* host : {"", "autoconfig.", "[::1]:80", "a@example.org", "<example.org>"})
        EXPECT_EQ(status({"GET", path, host}), std::string_view(host) == "a@example.org" ? 200 : 404) << host;
    pages.use({});
    EXPECT_EQ(status({"GET", path, "example.org"}), 404) << "there is nothing to tell";
}

TEST_F(Pages, AnswerOutlook) {
    pages.use(httpd::offer_of(with({table(ListenProtocol::Pop3s, 995)}), true));
    const std::string path = "/Autodiscover/Autodiscover.xml";
    EXPECT_EQ(status({"POST", path, "x", "<EMailAddress>a@example.org</EMailAddress>"}), 200);
    EXPECT_EQ(status({"POST", path, "x", "<EMailAddress>a@example.net</EMailAddress>"}), 404);
    EXPECT_EQ(status({"POST", path, "x", ""}), 400);
    EXPECT_EQ(status({"GET", path, "x"}), 405);
}

// RFC 8555 §8.3
TEST_F(Pages, ShowProofsUntilTheyAreHidden) {
    const std::string path = "/.well-known/acme-challenge/";
    EXPECT_EQ(status({"GET", path + "t", "x"}), 404);
    pages.take(httpd::ShowProof{"t", "t.thumb"});
    EXPECT_TRUE(get(path + "t").ends_with("\r\n\r\nt.thumb"));
    EXPECT_EQ(status({"POST", path + "t", "x"}), 405);
    EXPECT_EQ(status({"GET", path + "u", "x"}), 404);
    EXPECT_EQ(status({"GET", path, "x"}), 404);
    pages.take(httpd::HideProofs{});
    EXPECT_EQ(status({"GET", path + "t", "x"}), 404);
    for (int i = 0; i < 5000; ++i) pages.take(httpd::ShowProof{std::to_string(i), "x"});  // Hostile
    EXPECT_EQ(status({"GET", path + "4999", "x"}), 404);
}
