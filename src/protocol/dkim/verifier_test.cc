#include "dkim/verifier.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "dkim/signer.h"
#include "text/base64.h"

namespace dkim {
namespace {

using crypto::DigestSigner;
using crypto::SignatureKind;

constexpr std::uint64_t now = 1'800'000'000;

constexpr std::string_view message =
    "From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject:  a\r\n folded   one\r\nReceived: x\r\n\r\n"
    "Hello  Bob,\r\n\r\nbye. \r\n\r\n\r\n";

// Made once: generating keys is what these tests would spend their time on.
const DigestSigner& rsa_key() {
    static const auto key = DigestSigner::make(SignatureKind::Rsa, 1024);
    return key;
}
const DigestSigner& ed25519_key() {
    static const auto key = DigestSigner::make(SignatureKind::Ed25519);
    return key;
}

dns::Answer txt(std::vector<std::string> records) {
    dns::Answer answer{.outcome = dns::Outcome::Insecure, .existence = dns::Existence::NoName, .records = {}};
    for (auto& record : records) {
        answer.existence = dns::Existence::Found;
        answer.records.push_back({{}, dns::Type::Txt, 300, dns::Txt{{std::move(record)}}});
    }
    return answer;
}

dns::Answer key_answer(const DigestSigner& key, std::string_view more = "") {
    auto record = to_record(key.kind(), key.public_octets());
    return txt({record.insert(record.find("p="), more)});
}

std::string sign(std::string_view text, const DigestSigner& key, SignerSettings settings = {},
                 std::string identity = "") {
    Signer signer(std::move(settings));
    signer.add(text);
    signer.finish();
    const auto algorithm = key.kind() == SignatureKind::Rsa ? Algorithm::RsaSha256 : Algorithm::Ed25519Sha256;
    const auto draft = signer.draft({"example.org", "one", algorithm, std::move(identity)});
    return draft.complete(key.sign(draft.digest)) + std::string(text);
}

std::vector<Verdict> verify(std::string_view text, const dns::Answer& answer, std::uint64_t clock = now,
                            std::size_t* questions = nullptr) {
    Verifier verifier(clock);
    verifier.add(text);
    verifier.finish();
    while (verifier.question()) {
        if (questions) ++*questions;
        verifier.answer(answer);
    }
    return verifier.verdicts();
}

void expect(const Verdict& verdict, Result result, std::string_view reason) {
    EXPECT_EQ(to_text(verdict.result), to_text(result)) << verdict.reason;
    EXPECT_EQ(verdict.reason, reason);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

// RFC 6376 §5, §6; RFC 8463 §3; every canonicalization and both kinds of key
TEST(DkimVerifier, PassesWhatWasSigned) {
    using enum Canonicalization;
    for (const auto* key : {&rsa_key(), &ed25519_key()})
        for (const auto header : {Simple, Relaxed})
            for (const auto body : {Simple, Relaxed})
                for (const std::string_view text : {message, std::string_view("From: a@example.org\r\n\r\n"),
                                                    std::string_view("From: a@example.org\r\n"),
                                                    std::string_view("From: a@example.org\n\nlines of files\n"),
                                                    std::string_view("From : a\r\n\r\n\r\n\r\nx")}) {
                    SCOPED_TRACE(text);
                    const auto whole =
                        sign(text, *key,
                             {.canonicalizations = {header, body}, .fields = {}, .timestamp = {}, .expiration = {}});
                    const auto verdicts = verify(whole, key_answer(*key));
                    ASSERT_EQ(verdicts.size(), 1u);
                    expect(verdicts[0], Result::Pass, "");
                    EXPECT_EQ(verdicts[0].domain, "example.org");
                    EXPECT_EQ(verdicts[0].selector, "one");
                    EXPECT_EQ(verdicts[0].identity, "@example.org");
                    EXPECT_FALSE(verdicts[0].body_length_used);
                }
}

// RFC 6376 §3.4: what relaxed forgives, and simple does not
TEST(DkimVerifier, ForgivesWhiteSpaceAsItIsTold) {
    const auto relaxed = sign(message, rsa_key());
    const auto simple =
        sign(message, rsa_key(), {.canonicalizations = {}, .fields = {}, .timestamp = {}, .expiration = {}});
    const auto answer = key_answer(rsa_key());
    for (const auto& [from, to] : {std::pair("Subject:  a\r\n folded   one", "subject : a folded one"),
                                   std::pair("Hello  Bob,", "Hello Bob,\t")}) {
        expect(verify(replaced(relaxed, from, to), answer)[0], Result::Pass, "");
        EXPECT_EQ(verify(replaced(simple, from, to), answer)[0].result, Result::Fail);
    }
}

// RFC 6376 §6.1.3
TEST(DkimVerifier, TellsWhatFailed) {
    const auto whole = sign(message, rsa_key());
    const auto answer = key_answer(rsa_key());
    std::size_t questions = 0;
    const auto body = verify(whole + "more\r\n", answer, now, &questions)[0];
    expect(body, Result::Fail, "the body hash did not verify");
    EXPECT_EQ(questions, 0u) << "the DNS is not asked for what cannot pass";
    const auto header = verify(replaced(whole, "bob@example.net", "eve@example.net"), answer)[0];
    expect(header, Result::Fail, "the signature did not verify");
    EXPECT_TRUE(header.canonical_header.starts_with("from:Ann <ann@example.org>\r\nto:eve@example.net\r\n"))
        << header.canonical_header;
    EXPECT_TRUE(header.canonical_header.ends_with("b="));
    expect(verify(whole, key_answer(DigestSigner::make(SignatureKind::Rsa, 1024)))[0], Result::Fail,
           "the signature did not verify");
}

// RFC 6376 §5.4.2, §8.15
TEST(DkimVerifier, FieldsCannotBeAdded) {
    const auto whole = sign(message, ed25519_key());
    const auto answer = key_answer(ed25519_key());
    for (const auto* name : {"From", "To", "Cc", "Subject", "Date", "Reply-To", "Content-Type", "MIME-Version"}) {
        SCOPED_TRACE(name);
        EXPECT_EQ(verify(std::string(name) + ": eve@example.net\r\n" + whole, answer)[0].result, Result::Fail);
        EXPECT_EQ(
            verify(replaced(whole, "\r\n\r\nHello", "\r\n" + std::string(name) + ": x\r\n\r\nHello"), answer)[0].result,
            Result::Fail);
    }
    EXPECT_EQ(verify("Received: y\r\n" + whole, answer)[0].result, Result::Pass);
}

// RFC 6376 §5.4.2: the last of several fields is the first to be signed
TEST(DkimVerifier, TakesFieldsFromTheBottom) {
    constexpr std::string_view two = "From: a\r\nX: 1\r\nX: 2\r\n\r\n";
    SignerSettings once{.canonicalizations = {}, .fields = {"from", "x"}, .timestamp = {}, .expiration = {}};
    const auto whole = sign(two, ed25519_key(), once);
    const auto answer = key_answer(ed25519_key());
    EXPECT_EQ(verify(replaced(whole, "X: 1", "X: 3"), answer)[0].result, Result::Pass);
    EXPECT_EQ(verify(replaced(whole, "X: 2", "X: 3"), answer)[0].result, Result::Fail);
    once.fields = {"from", "x", "x", "x"};
    const auto more = sign(two, ed25519_key(), once);
    EXPECT_EQ(verify(replaced(more, "X: 1", "X: 3"), answer)[0].result, Result::Fail);
    EXPECT_EQ(verify("X: 0\r\n" + more, answer)[0].result, Result::Fail);
}

// RFC 6376 §6.1.2, RFC 8301 §3.2
TEST(DkimVerifier, NeedsAKey) {
    const auto whole = sign(message, rsa_key());
    const auto p = text::to_base64(rsa_key().public_octets());
    const std::string weak =
        "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANuGhEDwPg8Ukg2HDD5NzLIq+X4z/T5G"
        "IigV9PV+MGqhkhGoyD8jHdI5sBDKoKQ6YEQFAnC0tWa9C0ZqJ5zXOLECAwEAAQ==";
    const std::pair<dns::Answer, std::string_view> cases[] = {
        {txt({}), "no key is published"},
        {txt({"v=DKIM1; p="}), "the key is revoked"},
        {txt({"v=DKIM1; h=sha1; p=" + p}), "the key is not for SHA-256"},
        {txt({"v=DKIM1; s=tlsrpt; p=" + p}), "the key is not for mail"},
        {txt({"v=DKIM1; p=AAAA"}), "what is published is no key"},
        {txt({"v=DKIM1; p=" + weak}), "the key is too weak: below 1024 bits"},
        {key_answer(ed25519_key()), "the key is of another kind than the signature"},
        {txt({"v=spf1 -all"}), "the published key: is of an unknown version"},
    };
    for (const auto& [answer, reason] : cases) expect(verify(whole, answer)[0], Result::PermError, reason);
    expect(verify(whole, dns::failed("SERVFAIL"))[0], Result::TempError, "the key could not be looked up: SERVFAIL");
    EXPECT_EQ(verify(whole, dns::bogus("no chain"))[0].result, Result::TempError);
    EXPECT_EQ(verify(whole, txt({"v=DKIM1; k=ed25519; p=AAAA", "v=DKIM1; p=" + p}))[0].result, Result::Pass)
        << "of several records one fits";
}

// RFC 6376 §3.6.1: t=y and t=s
TEST(DkimVerifier, HeedsTheFlagsOfTheKey) {
    const auto whole = sign(message, rsa_key());
    const auto testing = key_answer(rsa_key(), "t=y; ");
    expect(verify(whole, testing)[0], Result::Pass, "the key is in test mode");
    EXPECT_TRUE(verify(whole, testing)[0].is_testing);
    EXPECT_EQ(verify(replaced(whole, "bob@", "eve@"), testing)[0].result, Result::Neutral);
    const auto below = sign(message, rsa_key(), {}, "ann@sub.example.org");
    EXPECT_EQ(verify(below, key_answer(rsa_key()))[0].result, Result::Pass);
    expect(verify(below, key_answer(rsa_key(), "t=s; "))[0], Result::PermError,
           "the key is for the domain itself, and i= is below it");
    EXPECT_EQ(verify(whole, key_answer(rsa_key(), "t=s; "))[0].result, Result::Pass);
}

// RFC 6376 §3.5 (t=, x=)
TEST(DkimVerifier, KnowsWhatTimeItIs) {
    const auto whole =
        sign(message, ed25519_key(), {.canonicalizations = {}, .fields = {}, .timestamp = now, .expiration = now + 60});
    const auto answer = key_answer(ed25519_key());
    EXPECT_EQ(verify(whole, answer, now)[0].result, Result::Pass);
    EXPECT_EQ(verify(whole, answer, now + 60)[0].result, Result::Pass);
    expect(verify(whole, answer, now + 61)[0], Result::PermError, "the signature has expired");
    EXPECT_EQ(verify(whole, answer, now - 300)[0].result, Result::Pass) << "clocks differ";
    expect(verify(whole, answer, now - 301)[0], Result::PermError, "the signature is of the future");
}

// Signs as some do with l=, which our signer does not offer.
std::string sign_first(std::size_t length) {
    const auto division = mime::divide(message);
    BodyHash body(Canonicalization::Simple, length);
    body.add(message.substr(division.body));
    body.finish();
    const std::string field =
        "DKIM-Signature: v=1; a=ed25519-sha256; d=example.org; s=one; h=from; l=" + std::to_string(length) +
        "; bh=" + text::to_base64(body.digest()) + "; b=\r\n";
    const auto own = mime::FieldScanner(field).next().value();
    const auto text = signed_text(Header(std::string(message.substr(0, division.header))),
                                  parse_signature(std::string(own.value) + "AAAA").value(), own);
    const auto octets = ed25519_key().sign(crypto::digest(crypto::Digest::Sha256, text));
    return field.substr(0, field.size() - 2) + text::to_base64(octets) + "\r\n" + std::string(message);
}

// RFC 6376 §8.2
TEST(DkimVerifier, CountsNoBodyThatIsSignedInPart) {
    const auto answer = key_answer(ed25519_key());
    const auto canonical_length = std::string_view("Hello  Bob,\r\n\r\nbye. \r\n").size();
    const auto all = verify(sign_first(canonical_length), answer)[0];
    expect(all, Result::Pass, "");
    EXPECT_TRUE(all.body_length_used);
    const auto part = verify(sign_first(canonical_length) + "<b>more</b>\r\n", answer)[0];
    expect(part, Result::Policy, "l= leaves 17 octets of the body unsigned");
    EXPECT_TRUE(part.body_length_used);
    expect(verify(sign_first(canonical_length + 1), answer)[0], Result::Fail, "the body is shorter than l= says");
}

// RFC 8301 §3.1, RFC 6376 §6.1.1
TEST(DkimVerifier, RefusesOutright) {
    const auto whole = sign(message, rsa_key());
    std::size_t questions = 0;
    auto sha1 = replaced(whole, "a=rsa-sha256", "a=rsa-sha1");
    const auto begin = sha1.find("bh=");
    sha1.replace(begin, sha1.find(';', begin) - begin, "bh=2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
    expect(verify(sha1, {}, now, &questions)[0], Result::PermError, "rsa-sha1 is too weak");
    expect(verify(replaced(whole, "v=1", "v=2"), {}, now, &questions)[0], Result::PermError,
           "the signature is of an unknown version");
    EXPECT_EQ(questions, 0u);
    EXPECT_TRUE(verify(message, {}).empty());
    EXPECT_TRUE(verify("", {}).empty());
}

// RFC 6376 §6.1: bounded work, whatever a stranger sends
TEST(DkimVerifier, LooksAtNoMoreSignaturesThanItSays) {
    std::string flood;
    const auto one = sign(message, ed25519_key());
    const auto field = one.substr(0, one.size() - message.size());
    for (int i = 0; i < 1500; ++i) flood += field;
    std::size_t questions = 0;
    const auto verdicts = verify(flood + std::string(message), key_answer(ed25519_key()), now, &questions);
    ASSERT_EQ(verdicts.size(), 1000u);
    EXPECT_EQ(questions, 1u) << "one name is asked once";
    for (std::size_t i = 0; i < verdicts.size(); ++i)
        EXPECT_EQ(verdicts[i].result, i < most_signatures ? Result::Pass : Result::Policy) << i;
    EXPECT_EQ(verdicts.back().reason, "only the first 10 signatures are looked at");
}

TEST(DkimVerifier, KeepsNoHeaderBeyondTheLimit) {
    const auto whole = sign(message, ed25519_key());
    std::string many;
    for (int i = 0; i < 100'000; ++i) many += "X-Field: " + std::to_string(i) + "\r\n";
    EXPECT_EQ(verify(many + whole, key_answer(ed25519_key()))[0].result, Result::Pass);
    Verifier verifier(now);
    verifier.add(whole.substr(0, whole.find("\r\n\r\n") + 2));
    for (int i = 0; i < 5; ++i) verifier.add("X: " + std::string(1'000'000, 'x') + "\r\n");
    verifier.add("\r\nHello\r\n");
    verifier.finish();
    ASSERT_EQ(verifier.verdicts().size(), 1u);
    expect(verifier.verdicts()[0], Result::PermError, "the header is too long");
    EXPECT_FALSE(verifier.question());
}

// RFC 6376 §5.4: ours is folded, and signs From
TEST(DkimSigner, WritesLinesOf78Columns) {
    const auto whole =
        sign(message, rsa_key(), {.canonicalizations = {}, .fields = {}, .timestamp = now, .expiration = now + 1});
    const auto field = whole.substr(0, whole.size() - message.size());
    EXPECT_TRUE(field.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=example.org; s=one;\r\n"))
        << field;
    EXPECT_NE(field.find("h=from:from:to:to:cc:"), std::string::npos) << field;
    for (std::size_t at = 0, end = 0; (end = field.find("\r\n", at)) != std::string::npos; at = end + 2) {
        const auto line = field.substr(at, end - at);
        EXPECT_LE(line.size(), 78u) << line;
    }
    Signer none({});
    none.add("To: x\r\n\r\n");
    none.finish();
    EXPECT_FALSE(none.may_sign());
    Signer behind_blank({});
    behind_blank.add(" x\r\nFrom: a\r\n\r\n");
    behind_blank.finish();
    EXPECT_FALSE(behind_blank.may_sign()) << "the blank would continue our field";
    Signer elsewhere({.canonicalizations = {}, .fields = {"to"}, .timestamp = {}, .expiration = {}});
    elsewhere.add(message);
    elsewhere.finish();
    EXPECT_FALSE(elsewhere.may_sign());
}

}  // namespace
}  // namespace dkim
