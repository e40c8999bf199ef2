#include "manual/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "check/everything.h"

namespace {

using testing::HasSubstr;

TEST(ManualPage, IsTheOneInTheTree) {
    std::ifstream file(HERMOD_SOURCE "/doc/man/hermod.toml.5.md");
    const std::string committed(std::istreambuf_iterator<char>(file), {});
    EXPECT_TRUE(committed == manual::page(check::everything()))
        << "doc/man/hermod.toml.5.md is out of date: run ./dev settings";
}

TEST(ManualPage, DescribesEachSettingInASentence) {
    const auto look = [](const auto& self, const config::Known& table) -> void {
        for (const auto& member : table.members) {
            EXPECT_TRUE(member.meaning.ends_with('.')) << table.name << "." << member.name;
            self(self, member);
        }
    };
    look(look, check::everything());
}

TEST(ManualPage, NamesTypesDefaultsAndRanges) {
    const std::string page = manual::page(check::everything());
    EXPECT_THAT(page, HasSubstr("## [limits]"));
    EXPECT_THAT(page, HasSubstr("## [[listen]]"));
    EXPECT_THAT(page, HasSubstr("## [domains.\"…\"]"));
    EXPECT_THAT(page, HasSubstr("**connections** = an integer, 1 to 1000000; default `2000`\n: Clients served"));
    EXPECT_EQ(page.find("mailbox_list"), std::string::npos) << "filled in by serve, not by people";
    EXPECT_THAT(manual::json(check::everything()), HasSubstr("{\"name\": \"domains.*.mailboxes\","));
}

}  // namespace
