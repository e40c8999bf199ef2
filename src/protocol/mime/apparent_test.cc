#include "mime/apparent.h"

#include <gtest/gtest.h>

namespace mime {
namespace {

// RFC 5322 §2.2: a name, and a colon on the same line
TEST(ApparentField, IsNoneAndLooksLikeOne) {
    const auto looks = [](std::string_view header) { return may_be_read_as("From", *FieldScanner(header).next()); };
    for (const auto* header :
         {"From\r\n : a@b\r\n", "from\n\t:a@b\n", " From: a@b\r\n", "\tFROM : a@b\n", "From\r\n \r\n :"})
        EXPECT_TRUE(looks(header)) << header;
    for (const auto* header : {"From: a@b\r\n", "From : a@b\r\n", "From ann Fri Nov 27 20:00:00 2026\n", " From\n",
                               "Fromage\r\n : a@b\r\n", "X\r\n From: a@b\r\n", " To: a@b\n"})
        EXPECT_FALSE(looks(header)) << header;
}

}  // namespace
}  // namespace mime
