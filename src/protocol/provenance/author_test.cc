#include "provenance/author.h"

#include <gtest/gtest.h>

namespace provenance {
namespace {

Author author(std::string header) { return author_of(dkim::Header(std::move(header))); }

// RFC 5322 §3.6.2: one From; RFC 9989 asks for one author domain
TEST(Author, IsTheOneWhoIsShown) {
    const std::pair<std::string, std::string_view> cases[] = {
        {"From: ann@Example.ORG\r\n", "example.org"},
        {"From : Ann <ann@example.org>\r\n", "example.org"},
        {"From: ann@example.org, bob@example.org\r\nSender: ann@example.org\r\n", "example.org"},
        {"From: \"eve@attack.test\" <ann@example.org>\r\n", "example.org"},
        {"From: ann@b\xc3\xbc"
         "cher.example\r\n",
         "xn--bcher-kva.example"},
        {"X: y\r\n", ""},
        {"From: ann@example.org\r\nFrom: ann@example.org\r\n", ""},
        {"From: ann@example.org, eve@attack.test\r\n", ""},
        {"From: ann@example.org,<eve@attack.test>\r\n", ""},
        {"From: <ann@example.org>eve@attack.test\r\n", ""},
        {"From: ann\r\n", ""},
        {"From: \r\n", ""},
        {"From: =?utf-8?Q?ann=40example.org?=@attack.test\r\n", ""},
        {"From: ann@example.org\r\nFrom\r\n : eve@attack.test\r\n", ""},
        {" From: eve@attack.test\r\nFrom: ann@example.org\r\n", ""},
        {"From ann Fri Nov 27 20:00:00 2026\r\nFrom: ann@example.org\r\n", "example.org"},
    };
    for (const auto& [header, domain] : cases) {
        const auto found = author(header);
        EXPECT_EQ(found.domain, domain) << header;
        EXPECT_EQ(found.problem.empty(), !domain.empty()) << header;
    }
}

}  // namespace
}  // namespace provenance
