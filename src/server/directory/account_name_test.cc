#include "directory/account_name.h"

#include <gtest/gtest.h>

#include <utility>

namespace directory {
namespace {

TEST(AccountName, IsOneForOneAccount) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"ann", "ann@mx.l.test"},
        {"Ann@MX.L.test", "ann@mx.l.test"},
        {"ann@mx.l.test.", "ann@mx.l.test"},
        {"ann@mx。l。test", "ann@mx.l.test"},
        {"ann@b\u00fccher.test", "ann@xn--bcher-kva.test"},
        {"ann@", ""},
        {"ann@a b", ""},
    };
    for (const auto& [user, want] : cases) EXPECT_EQ(account_name(user, "mx.L.test"), want) << user;
}

}  // namespace
}  // namespace directory
