#include "deliver/list_program.h"

#include <gtest/gtest.h>

namespace deliver {
namespace {

// The words of a shell cannot come out of a setting.
TEST(ListProgram, IsThisBinaryWithItsPlacesAsWords) {
    site::Host host;
    host.hostname = "mx.example.org";
    host.data_directory = "/var/lib/a b";
    host.drop_directory = "/drop; rm -rf it's";
    const auto command = list_command(host);
    EXPECT_NE(command.find("deliver_test list deliver --folder '/var/lib/a b/lists' --drop '/drop; rm -rf it'\\''s' "
                           "--hostname mx.example.org"),
              std::string::npos)
        << command;
    host.data_directory = "/nowhere";
    EXPECT_EQ(lists_uid(host), std::nullopt);
}

}  // namespace
}  // namespace deliver
