#include "admind/expiry.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tls/testing/certificates.h"

namespace {

struct SomeDay final : clocks::Clock {
    clocks::Wall wall() const override { return now; }
    clocks::Steady steady() const override { return {}; }
    clocks::Wall now = std::chrono::time_point_cast<clocks::Wall::duration>(std::chrono::system_clock::now());
};

TEST(Expiry, IsWarnedOfInTime) {
    const auto pair = tls::testing::make_pair({.ends = 86'400 * 10 + 600});
    site::Tls tls{.certificate = "/c.pem", .key = "/k.pem", .certificate_text = pair.certificate};
    const auto all = admind::certificates_of(tls);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all.front().names, std::vector<std::string>{"mx.example.org"});

    SomeDay clock;
    const auto warnings = [&] {
        int ends[2];
        EXPECT_EQ(::pipe2(ends, O_NONBLOCK), 0);
        logs::Log log(clock, {}, {.log = file::Descriptor(ends[1]), .events = {}});
        admind::warn_of_expiry(all, tls, clock, log);
        log.flush();
        char text[1000];
        const auto got = ::read(ends[0], text, sizeof text);
        ::close(ends[0]);
        return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : std::string();
    };
    tls.expiry_warning = std::chrono::hours(24 * 9);
    EXPECT_EQ(warnings(), "");
    tls.expiry_warning = std::chrono::hours(24 * 11);
    EXPECT_NE(warnings().find("/c.pem expires in 10 days"), std::string::npos);
    clock.now += std::chrono::hours(24 * 11);
    EXPECT_NE(warnings().find("/c.pem has expired"), std::string::npos);
}

}  // namespace
