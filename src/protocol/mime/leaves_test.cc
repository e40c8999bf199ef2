#include "mime/leaves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "text/hex.h"

namespace mime {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::Pair;

class Kept final : public LeafReader {
public:
    void begin(std::string_view type) override { leaves.emplace_back(type, ""); }
    void take(std::string_view octets) override { leaves.back().second += octets; }
    void end() override {}
    std::vector<std::pair<std::string, std::string>> leaves;
};

auto leaves_of(std::string_view message) {
    Kept kept;
    read_leaves(message, kept);
    return kept.leaves;
}

std::string sha256(std::string_view octets) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    ::SHA256(reinterpret_cast<const unsigned char*>(octets.data()), octets.size(),
             reinterpret_cast<unsigned char*>(digest.data()));
    return text::to_hex(digest);
}

std::string read(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

TEST(Leaves, AreDecodedAndEndInNoWhiteSpace) {
    EXPECT_THAT(
        leaves_of(
            "From x Mon\nContent-Type: multipart/mixed; boundary=a\r\n\r\npreamble\r\n--a\r\n\r\nfirst \r\n\r\n"
            "--a\r\nContent-Type: Text/HTML; charset=x\r\nContent-Transfer-Encoding: Base64\r\n\r\neA0K\r\neQ==\r\n"
            "--a\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=  \r\nc=\r\n--a--\r\nepilogue\r\n"),
        ElementsAre(Pair("text/plain", "first"), Pair("text/html", "x\ny"), Pair("text/plain", "a=bc")));
}

// RFC 2046 §5.1.5: parts of a digest are messages; §5.2.1: a message is gone into.
TEST(Leaves, OfMessagesWithinAMessage) {
    EXPECT_THAT(leaves_of("Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: 1\n\none\n--d\n"
                          "Content-Type: text/plain\n\ntwo\n--d--\n"),
                ElementsAre(Pair("text/plain", "one"), Pair("text/plain", "two")));
    EXPECT_THAT(leaves_of("Content-Type: message/rfc822\n\nContent-Type: image/png\n\nx\n"),
                ElementsAre(Pair("image/png", "x")));
}

TEST(Leaves, OfWhatIsBroken) {
    EXPECT_THAT(leaves_of(""), ElementsAre(Pair("text/plain", "")));
    EXPECT_THAT(leaves_of("Content-Type: multipart/mixed; boundary=a\n\nno part\n"),
                ElementsAre(Pair("multipart/mixed", "no part")));
    EXPECT_THAT(leaves_of("Content-Type: multipart/mixed\n\n--a\n\nx\n"),
                ElementsAre(Pair("multipart/mixed", "--a\n\nx")));
    // A part's header without an end ends with the part.
    EXPECT_THAT(leaves_of("Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n--a\n\nx\n--a--"),
                ElementsAre(Pair("text/html", ""), Pair("text/plain", "x")));
    // One boundary begins like another.
    EXPECT_THAT(
        leaves_of("Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n"
                  "--ab\n\n1\n--ab--\n--a\n\n2\n--a--\n"),
        ElementsAre(Pair("text/plain", "1"), Pair("text/plain", "2")));
    // Inner parts end with the outer.
    EXPECT_THAT(
        leaves_of("Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n"
                  "--b\n\n1\n--a\n\n2\n"),
        ElementsAre(Pair("text/plain", "1"), Pair("text/plain", "2")));
}

// Hostile: neither depth, nor number, nor headers that never end cost more than once through.
TEST(Leaves, OfBombs) {
    std::string deep;
    for (int i = 0; i < 10'000; ++i)
        deep += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" + std::to_string(i) + "\n";
    EXPECT_EQ(leaves_of(deep).size(), 1U);
    std::string many = "Content-Type: multipart/mixed; boundary=a\n\n";
    for (int i = 0; i < 1'000'000; ++i) many += "--a\n";
    EXPECT_LE(leaves_of(many).size(), 500U);
    std::string messages;
    for (int i = 0; i < 100'000; ++i) messages += "Content-Type: message/rfc822\n\n";
    EXPECT_EQ(leaves_of(messages).size(), 1U);
}

/// Messages of six other projects, read alike by two parsers that know nothing of each other.
TEST(Leaves, AreThoseThatOthersFind) {
    const char* given = std::getenv("HERMOD_CONFORMANCE");
    const auto folder = std::filesystem::path(given ? given : HERMOD_SOURCE "/../shared/conformance") / "mime";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there";
    const auto oracle = json::parse(read(folder / "oracle-leaves.json"));
    std::size_t all = 0;
    std::vector<std::string> wrong;
    for (const auto& [name, expected] : oracle.at("messages").as_object()) {
        std::vector<std::pair<std::string, std::string>> want, have;
        for (const auto& leaf : expected.as_array())
            want.emplace_back(leaf.at("type").as_string(), leaf.at("sha256").as_string());
        for (const auto& [type, content] : leaves_of(read(folder / std::string(name))))
            have.emplace_back(type, sha256(content));
        ++all;
        if (have != want) wrong.push_back(std::string(name));
    }
    EXPECT_GT(all, 200U);
    EXPECT_LE(wrong.size() * 100, all) << testing::PrintToString(wrong);
}

}  // namespace
}  // namespace mime
