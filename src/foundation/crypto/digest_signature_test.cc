#include "crypto/digest_signature.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "crypto/running_digest.h"

namespace crypto {
namespace {

// A key of 512 bits, which we refuse to make ourselves.
constexpr std::string_view short_key =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIIBOgIBAAJBAOCrPLi7MxocjjZboJpMpD4sd6ddB0FJA3Sz/kbBJgRF55w44p5f\n"
    "4DbNze6PbmnZC/OnQSHSgthJTyBkMBACkp8CAwEAAQJAaWovHYZIXfIUEBFB8+QO\n"
    "FFYM9mxB4TH++x0RK+WojsvUxBkDeRT/4pcVoP2M7cEmEBMMPXHivhfIHavsuL1G\n"
    "4QIhAPiHdRIn6rPKFo+AZbiVxTr7XRmCl0I3UUVDXontv3A3AiEA52wqKv19Ew2I\n"
    "tEO+mU/joawr4bgwemOkHmXa0iKlLNkCIDKNw0edLQXDXtFz6b0hYgw8Y1S0FraW\n"
    "cAapzIo7/UwDAiEAqapzf/E4sa9Kel7wbhZUHUPNKD+RyykiOecS9tzPnIECIARo\n"
    "mtTEIb4MpmWk42XtEKCjVqU7HEtwn2zIYYW2AQej\n"
    "-----END RSA PRIVATE KEY-----\n";

// RFC 8017 §8.2, RFC 8463 §3
TEST(DigestSignature, OfOneKeyIsVerifiedByItsPublicHalfAndNoOther) {
    const auto sha256 = digest(Digest::Sha256, "text");
    for (const auto kind : {SignatureKind::Rsa, SignatureKind::Ed25519}) {
        const auto key = DigestSigner::make(kind), other = DigestSigner::make(kind);
        const auto verifier = DigestVerifier::parse(kind, key.public_octets());
        ASSERT_TRUE(verifier);
        const auto signature = key.sign(sha256);
        EXPECT_TRUE(verifier->verify(sha256, signature));
        EXPECT_FALSE(verifier->verify(digest(Digest::Sha256, "another"), signature));
        EXPECT_FALSE(verifier->verify(sha256, signature.substr(1)));
        EXPECT_FALSE(verifier->verify(sha256, {}));
        EXPECT_FALSE(DigestVerifier::parse(kind, other.public_octets())->verify(sha256, signature));
        const auto again = DigestSigner::parse(key.to_pem());
        ASSERT_TRUE(again) << again.error();
        EXPECT_EQ(again->public_octets(), key.public_octets());
    }
}

// RFC 8301 §3.2
TEST(DigestSignature, IsNotMadeWithShortKeys) {
    EXPECT_FALSE(DigestSigner::parse(short_key));
    EXPECT_TRUE(DigestSigner::parse(DigestSigner::make(SignatureKind::Rsa, 1024).to_pem()));
}

TEST(DigestSignature, IsNotLookedAtWithKeysThatAreNone) {
    const auto rsa = DigestSigner::make(SignatureKind::Rsa, 1024).public_octets();
    using enum DigestVerifier::Problem;
    const auto problem = [](SignatureKind kind, std::string_view octets) {
        return DigestVerifier::parse(kind, octets).error();
    };
    EXPECT_EQ(problem(SignatureKind::Rsa, ""), Malformed);
    EXPECT_EQ(problem(SignatureKind::Rsa, rsa.substr(1)), Malformed);
    EXPECT_EQ(problem(SignatureKind::Rsa, rsa + "x"), Malformed);
    EXPECT_EQ(problem(SignatureKind::Ed25519, rsa), Malformed);
    EXPECT_EQ(problem(SignatureKind::Rsa, std::string(5000, '0')), TooLong);
}

std::string from_hex(std::string_view hex) {
    std::string octets;
    for (; !hex.empty(); hex.remove_prefix(2))
        octets += static_cast<char>(std::stoi(std::string(hex.substr(0, 2)), nullptr, 16));
    return octets;
}

// Hostile: a key for which anybody makes signatures, such as R = the neutral element and S = 0 (RFC 8032 §5.1.7). The
// eight points whose order divides 8, and the other encodings that some of them have.
TEST(DigestSignature, IsNotLookedAtWithPointsOfSmallOrder) {
    const std::string zeros(62, '0'), ones(60, 'f');
    const std::string of_order_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc",
                      other_of_order_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03";
    for (const auto& hex :
         {"01" + zeros, "ec" + ones + "7f", "00" + zeros, zeros + "0080", of_order_8 + "05", of_order_8 + "85",
          other_of_order_8 + "7a", other_of_order_8 + "fa", "01" + zeros.substr(2) + "80", "ec" + ones + "ff",
          "ed" + ones + "7f", "ed" + ones + "ff", "ee" + ones + "7f", "ee" + ones + "ff"}) {
        const auto verifier = DigestVerifier::parse(SignatureKind::Ed25519, from_hex(hex));
        EXPECT_FALSE(verifier) << hex;
        if (!verifier) EXPECT_EQ(verifier.error(), DigestVerifier::Problem::Malformed);
        const auto forged = from_hex("01" + zeros) + std::string(32, '\0');
        for (int i = 0; verifier && i < 20; ++i)
            EXPECT_FALSE(verifier->verify(digest(Digest::Sha256, std::to_string(i)), forged)) << hex;
    }
    EXPECT_TRUE(DigestVerifier::parse(SignatureKind::Ed25519, from_hex("02" + zeros)));
}

// INTEGER or SEQUENCE with a length of two octets (X.690 §8.1.3.5).
std::string der(char tag, const std::string& content) {
    return std::string({tag, '\x82', static_cast<char>(content.size() >> 8), static_cast<char>(content.size() & 255)}) +
           content;
}

std::string rsa_public_key(std::size_t modulus_octets, const std::string& exponent) {
    return der('\x30', der('\x02', '\x01' + std::string(modulus_octets - 1, '\x55')) + der('\x02', exponent));
}

// Hostile: a key that would cost seconds to verify with
TEST(DigestSignature, IsNotLookedAtWithKeysThatCostTooMuch) {
    using enum DigestVerifier::Problem;
    const std::string usual("\x01\x00\x01", 3);
    EXPECT_TRUE(DigestVerifier::parse(SignatureKind::Rsa, rsa_public_key(257, usual)));
    EXPECT_EQ(DigestVerifier::parse(SignatureKind::Rsa, rsa_public_key(127, usual)).error(), TooShort);
    EXPECT_EQ(DigestVerifier::parse(SignatureKind::Rsa, rsa_public_key(2049, usual)).error(), TooLong);
    EXPECT_EQ(DigestVerifier::parse(SignatureKind::Rsa, rsa_public_key(257, '\x01' + std::string(250, '\x01'))).error(),
              TooLong);
}

TEST(RunningDigest, IsThatOfTheWhole) {
    std::string text;
    RunningDigest running;
    for (std::size_t length : {0u, 1u, 4095u, 1u, 4096u, 4097u, 10'000u, 3u}) {
        const std::string piece(length, static_cast<char>('a' + length % 26));
        running.add(piece);
        text += piece;
    }
    EXPECT_EQ(running.finish(), digest(Digest::Sha256, text));
}

}  // namespace
}  // namespace crypto
