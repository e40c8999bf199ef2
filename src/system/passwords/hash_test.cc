#include "passwords/hash.h"

#include <gtest/gtest.h>

#include <set>

#include "passwords/stored_scram.h"

namespace passwords {
namespace {

constexpr std::string_view right = "correct horse";

// As doveadm pw and libcrypt write them.
constexpr std::string_view hashes[] = {
    "{PLAIN}correct horse",
    "{CRYPT}$2y$05$oYw0feXrGXNbqjsgyvWomOXImOVA4Fic3FvGnFDL.tiME4gMyp6WO",
    "{DES-CRYPT}UBBpP83peSzkw",
    "UBBpP83peSzkw",
    "{MD5-CRYPT}$1$XZqTTN2Z$iR3ECsoWgFxPyf7houQIJ/",
    "{BLF-CRYPT}$2y$05$8rTIrk6i5kULwglGB2XFVemv6I4CuXq4rkm5qvtrtqy3eHHQRgLsm",
    "{SHA256-CRYPT}$5$tdB6tr/87urafCun$nlpKEIgmUfS.Nbhdc6zOm2DuBIUQLHmLLcXSjBma3L1",
    "{SHA512-CRYPT}$6$9uF8TYgFjyN69SxQ$tBsObLI9jQavQSqhcwr0l/5fuuVsrvFYP/Txz3i4hDz8mecyIr25840dTKU4GHFAFXGVQ3gSuHIRkX/"
    "yv6rCX0",
    "{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$Nwm7sg8lokeMnnuYRecZpA$DCXt1JPBDyxRYOt6dL3aLrfI7p3z/WJz+L4+iFzTz/Y",
    "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$IGAXKhJ+spPxeL7ndZDHow$ZhSjItdIzm719PKIk1dJ9vhV3O8t0F8l6ntSYihm5tg",
    "{PLAIN-MD5}3cb4e732631f47e6eb961f34554b7cde",
    "{LDAP-MD5}PLTnMmMfR+brlh80VUt83g==",
    "{SMD5}eik+LEb8mYJ5yTGu85rvHaLgnkc=",
    "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=",
    "{SSHA}IOGfg/OIZaL2gSTZZOPR8cSgtb6pSlXp",
    "{SHA256}QQTTb42iwlQ0n4WDZ5Pr4CngyVcGOjTJHC6SAxh7VjE=",
    "{SSHA256}87S28gHKzRXqlhJedQ4NPAAsRbye8PhWKJANardbGnXfJoRg",
    "{SHA512}VraY3v7bWkNbY0r+MyC7rz/c2SC2xQOkRvx7endrKY1HnRumqLYXgI6wv1ec6aldZoNHvKtxSQhayTyyeZUZew==",
    "{SSHA512}t/VeA9pM7kQ/PMrM9KIVqfxrepS8AOweDCDy70inIsQcHY5V0x1ENUpOPudtBc+X/HgWqCsWmi2VAyt33ZYa1AJRlqE=",
    "{PBKDF2}$1$CCbzakFSWH/Aijyr$5000$3ad3ca70e155d6f535db2af91b06d8ea3cbd0b4a",
    "{SCRAM-SHA-1}4096,+NBWFq2Ibp2yXgVDQdyd4g==,CGIeLcaqrfWAyZq/jjm0N+dzwxI=,upFJcF3lHdrX0FqJoIIiIaBp050=",
    "{SCRAM-SHA-256}4096,fKOfAw/Syb+asLOOiMTRqg==,hrU4yRAthcf7vZUq08Xghy3xg+Qi9SSI5P6YUgExAG4=,FV3/"
    "tFrqzx2YiXX/SD7lTs1zmFTElaJcy4BMh7E3R/Y=",
    "{ssha256.hex}fa694d4fe47ef31fe212b3d0c675777c7de2ca92b19bd712520f22bdacbee670870c739e",
    "{SHA.B64}L55TUjtiq8FBorTWAZ0jy6g129A=",
    "$y$j9T$h5syOZHbzjtb/H/ueWKES1$Kgwe1Bl83a4Yd57imHA4kIUhk25zDaakFcsnWlhDtj5",
    "$gy$j9T$28xo8DtT21aLVE8LSscHP/$56Z0PMxWiUW9cd2H8vsfUhbqubQsKym8Xv8NzxMJML0",
    "$7$CU..../....NKoGjheGQZO.r0YgKnEWb.$xCsbYxyNM1Dc.L6qqM7CvtMwQsZGYUhkRcIBgTOhVR1",
    "$2b$04$DFhs8TAqU1hGeak01cbuJOYV61vey63oqgdvWz0t9Rayf.6cLuU46",
    "$6$QHWiYAwCHhi8irmU$nksSceGx.jBf1yEADMFW31Zu1YR.R6i.jIMUcwUvGLr8EffFFu96f.eDvyZaYCUlWCWBfdSDnNQ3qoyQjhIxs/",
    "$5$d25wNkHSWVMuj1q6$P/ftLMxHS2Ub8rgAHEBy4MoLihnK5ZlWlVUiwCgosZ7",
    "$1$j/SE3MGd$pztykwXp6BBAeqcN9mfkr1",
    "$sha1$253702$7MWsJWPDYBxeqefTdU9a$bPI/6rlB1xaACdEbWKpI.AT23IQW",
};

TEST(PasswordHash, KnowsWhatOthersWrite) {
    for (const auto hash : hashes) {
        EXPECT_EQ(verify(hash, right), Verdict::Right) << hash;
        EXPECT_EQ(verify(hash, "correct"), Verdict::Wrong) << hash;
        EXPECT_EQ(verify(hash, ""), Verdict::Wrong) << hash;
        EXPECT_EQ(flaw_of(hash), "") << hash;
    }
}

// A hash that nobody can log in by says so when it is brought along, not when somebody tries.
TEST(PasswordHash, SaysWhatCannotBeUsed) {
    const std::string_view unusable[] = {
        "secret",
        "{UNKNOWN}x",
        "{SHA}x",
        "{SSHA256}",
        "{PBKDF2}$1$salt$0$00",
        "{PBKDF2}$2$x",
        "$argon2id$v=19$",
        "{ARGON2ID}x",
        "{CRYPT}x",
        "*",
        "!",
        "$6$salt",
        "$6$",
        "$2b$04$short",
        "{SCRAM-SHA-256}4096,x",
        "{",
        "{}",
        "$",
        "SCRAM-SHA-256$0:QSXCR+Q6sek8bf92$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
        // what would take hours, or all there is of memory
        "$2b$31$DFhs8TAqU1hGeak01cbuJOYV61vey63oqgdvWz0t9Rayf.6cLuU46",
        "$6$rounds=999999999$QHWiYAwCHhi8irmU$nksSceGx",
        "$y$jTT$h5syOZHbzjtb/H/ueWKES1$Kgwe1Bl83a4Yd57imHA4kIUhk25zDaakFcsnWlhDtj5",
        "$argon2id$v=19$m=4294967295,t=3,p=1$IGAXKhJ+spPxeL7ndZDHow$ZhSjItdIzm719PKIk1dJ9vhV3O8t0F8l6ntSYihm5tg",
        "{PBKDF2}$1$CCbzakFSWH/Aijyr$4000000000$3ad3ca70e155d6f535db2af91b06d8ea3cbd0b4a",
    };
    for (const auto hash : unusable) {
        EXPECT_EQ(verify(hash, right), Verdict::Unusable) << hash;
        EXPECT_NE(flaw_of(hash), "") << hash;
    }
    EXPECT_EQ(verify("", ""), Verdict::Wrong);
    EXPECT_NE(flaw_of(""), "");
}

// What takes C strings would see a part of it only.
TEST(PasswordHash, TakesAPasswordAsAWhole) {
    const std::string cut("correct horse\0", 14);
    for (const auto hash : hashes) EXPECT_EQ(verify(hash, cut), Verdict::Wrong) << hash;
    EXPECT_EQ(verify(hashes[0], std::string(longest_password + 1, 'x')), Verdict::Wrong);
}

TEST(PasswordHash, NewOnesAreArgon2id) {
    const auto hash = make_hash(right, {.memory = 64, .passes = 1}),
               again = make_hash(right, {.memory = 64, .passes = 1});
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << hash;
    EXPECT_NE(hash, again);
    EXPECT_EQ(verify(hash, right), Verdict::Right);
    EXPECT_EQ(verify(hash, "Correct horse"), Verdict::Wrong);
    EXPECT_TRUE(make_hash(right, {}).starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

TEST(PasswordHash, GeneratedOnesAreNeverTheSame) {
    std::set<std::string> made;
    for (int i = 0; i < 100; ++i) made.insert(generate());
    EXPECT_EQ(made.size(), 100u);
    EXPECT_EQ(made.begin()->size(), 24u);
}

// RFC 5803 §3; the numbers are those of RFC 7677 §3.
TEST(StoredScram, IsReadAndWritten) {
    constexpr std::string_view text =
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
    const auto stored = parse_stored_scram(text);
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->keys.iterations, 4096u);
    EXPECT_EQ(to_text(*stored), text);
    EXPECT_EQ(stored->keys, sasl::derive_keys(crypto::Digest::Sha256, "pencil", stored->keys.salt, 4096));
    EXPECT_EQ(verify(text, "pencil"), Verdict::Right);
    EXPECT_EQ(verify(text, "pen"), Verdict::Wrong);
    for (const auto* wrong : {"", "SCRAM-SHA-256", "SCRAM-SHA-256$4096:$x:y", "SCRAM-MD5$1:eA==$eA==:eA==",
                              "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$eA==:eA==", "SCRAM-SHA-256$x:y$z:"})
        EXPECT_FALSE(parse_stored_scram(wrong)) << wrong;
}

}  // namespace
}  // namespace passwords
