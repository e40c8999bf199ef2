#include "dkim/signature.h"

#include <gtest/gtest.h>

#include "dkim/key_record.h"
#include "dkim/quoted_printable.h"

namespace dkim {
namespace {

constexpr std::string_view hash = "LjkN2rUhrS3zKXfH2vNgUzz5ERRJkgP9CURXBX0JP0Q=";

// With the tags given in front of, or instead of, those that are needed.
std::string with(std::string_view tags, std::string_view without = "") {
    std::string text(tags);
    const std::string defaults[] = {"v=1",       "a=rsa-sha256", "d=example.org",          "s=one",
                                    "h=From:To", "b=dGVzdAo=",   "bh=" + std::string(hash)};
    for (const auto& tag : defaults) {
        const auto name = tag.substr(0, tag.find('=') + 1);
        const bool is_given = tags.starts_with(name) || tags.find(";" + name) != std::string_view::npos;
        if (is_given || name == without) continue;
        text += (text.empty() ? "" : ";") + tag;
    }
    return text;
}

// RFC 6376 §3.2
TEST(DkimTagList, ReadsTagsInOrder) {
    const auto list = TagList::parse(" a = 1 ;\r\n\tb_2=x  y;c=;");
    ASSERT_TRUE(list);
    ASSERT_EQ(list->tags().size(), 3u);
    EXPECT_EQ(list->value("a"), "1");
    EXPECT_EQ(list->value("b_2"), "x  y");
    EXPECT_EQ(list->value("c"), "");
    EXPECT_EQ(list->value("A"), std::nullopt);
    EXPECT_EQ(list->find("a")->begin, 4u);
    EXPECT_EQ(list->find("a")->length, 3u);
}

// RFC 6376 §3.2
TEST(DkimTagList, RefusesWhatIsNone) {
    using enum TagListProblem;
    const std::pair<std::string, TagListProblem> cases[] = {
        {"", MissingEquals},       {";", MissingEquals},      {"a=1;;b=2", MissingEquals},
        {"a=1; ;", MissingEquals}, {"=1", BadName},           {"1a=1", BadName},
        {"a b=1", BadName},        {"a=\xc3\xa4", BadValue},  {"a=1;b=\x01", BadValue},
        {"a=1;a=2", Repeated},     {"a=1;A=2;a=1", Repeated}, {std::string("a=x\0y", 5), BadValue},
    };
    for (const auto& [text, want] : cases) {
        SCOPED_TRACE(text);
        const auto list = TagList::parse(text);
        ASSERT_FALSE(list);
        EXPECT_EQ(list.error(), want);
        EXPECT_FALSE(describe(want).empty());
    }
    std::string many;
    for (std::size_t i = 0; i <= most_tags; ++i) many += "t" + std::to_string(i) + "=1;";
    EXPECT_EQ(TagList::parse(many).error(), TooMany);
}

// RFC 6376 §2.11
TEST(DkimQuotedPrintable, IsUndone) {
    EXPECT_EQ(parse_quoted_printable("a=3Bb =3D\r\n c"), "a;b=c");
    EXPECT_FALSE(parse_quoted_printable("a=3"));
    EXPECT_FALSE(parse_quoted_printable("a=zz"));
}

// RFC 6376 §3.5
TEST(DkimSignature, IsReadWhole) {
    const auto signature = parse_signature(
        " v = 1 ; a=ed25519-sha256; s=Test; d=Mox.example; h=from:To : cc; b=dGVz\r\n dAo=; bh=" + std::string(hash) +
        " ; c=simple/relaxed; l=10; i=\"a=20b\"@sub.mox.example; q= dns/txt:other; t=10; x=100; z=From:x=20=7C; "
        "unknown = must be ignored ");
    ASSERT_TRUE(signature);
    EXPECT_EQ(signature->algorithm, Algorithm::Ed25519Sha256);
    EXPECT_EQ(signature->domain, "mox.example");
    EXPECT_EQ(signature->selector, "test");
    EXPECT_EQ(signature->identity, "\"a b\"@sub.mox.example");
    EXPECT_EQ(signature->signed_fields, (std::vector<std::string>{"from", "to", "cc"}));
    EXPECT_EQ(signature->octets, "test\n");
    EXPECT_EQ(signature->body_hash.size(), 32u);
    EXPECT_EQ(to_text(signature->canonicalizations), "simple/relaxed");
    EXPECT_EQ(signature->body_length, 10u);
    EXPECT_EQ(signature->timestamp, 10u);
    EXPECT_EQ(signature->expiration, 100u);
    EXPECT_EQ(to_text(parse_signature(with(""))->canonicalizations), "simple/simple");
    EXPECT_EQ(parse_signature(with(""))->identity, "@example.org");
}

// RFC 6376 §3.5, §6.1.1
TEST(DkimSignature, IsRefused) {
    using enum SignatureProblem;
    std::string thousand_names = "h=from";
    for (int i = 0; i < 1000; ++i) thousand_names += ":x" + std::to_string(i);
    const std::pair<std::string, SignatureProblem> cases[] = {
        {"", NotATagList},
        {with("v=1;v=1"), NotATagList},
        {with("v=2"), WrongVersion},
        {with("v=1.0"), WrongVersion},
        {with("", "v="), MissingTag},
        {with("", "a="), MissingTag},
        {with("", "b="), MissingTag},
        {with("", "bh="), MissingTag},
        {with("", "d="), MissingTag},
        {with("", "h="), MissingTag},
        {with("", "s="), MissingTag},
        {with("a=rsa-sha512"), UnknownAlgorithm},
        {with("b=!"), BadSignature},
        {with("b="), BadSignature},
        {with("bh=dGVzdAo="), BadBodyHash},
        {with("c=nowsp"), BadCanonicalization},
        {with("d=example"), BadDomain},
        {with("d=legit'a.attack"), BadDomain},
        {with("d=.example.org"), BadDomain},
        {with("d=exa mple.org"), BadDomain},
        {with("s=-"), BadSelector},
        {with("s=a..b"), BadSelector},
        {with("i=example.org"), BadIdentity},
        {with("i=a=0A@example.org"), BadIdentity},
        {with("i=@unrelated.example"), IdentityElsewhere},
        {with("i=@badexample.org"), IdentityElsewhere},
        {with("h="), BadSignedFields},
        {with("h=from:"), BadSignedFields},
        {with("h=from:a b"), BadSignedFields},
        {with("h=to:subject"), FromNotSigned},
        {with(thousand_names), TooManySignedFields},
        {with("l=-1"), BadNumber},
        {with("l=99999999999999999999999"), BadNumber},
        {with("t=1x"), BadNumber},
        {with("x=1234567890123"), BadNumber},
        {with("t=10;x=10"), ExpiresBeforeItBegins},
        {with("q=http"), UnknownQuery},
    };
    for (const auto& [text, want] : cases) {
        SCOPED_TRACE(text);
        const auto signature = parse_signature(text);
        ASSERT_FALSE(signature);
        EXPECT_EQ(signature.error(), want) << describe(signature.error());
    }
}

// RFC 6376 §3.5 (b=), §3.7
TEST(DkimSignature, IsHashedWithoutItsOctets) {
    const auto field = [](std::string_view text) { return mime::FieldScanner(text).next().value(); };
    using enum Canonicalization;
    EXPECT_EQ(canonical_without_signature(Simple, field("DKIM-Signature: a=1; b = x\r\n y ; bh=z\r\n")),
              "DKIM-Signature: a=1; b =; bh=z");
    EXPECT_EQ(canonical_without_signature(Relaxed, field("DKIM-Signature : a=1;\r\n\tbh=b; b=x\r\n")),
              "dkim-signature:a=1; bh=b; b=");
}

// RFC 6376 §3.6.1, RFC 8463 §4
TEST(DkimKeyRecord, IsReadWhole) {
    const auto record = parse_key_record(
        "v = DKIM1 ;   h\t=\tsha1 \t:\t SHA256:unknown\t;k=ed25519; n = notes...; p = JDc bZ0Hpb "
        "a5NK\tXI4UAW3G0IDhhFOxhJTDybZ"
        "Ewe1FeA=  ;s = email : tlsrpt; t = y\t: t; unknown = bogus;");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->kind, crypto::SignatureKind::Ed25519);
    EXPECT_EQ(record->public_key.size(), 32u);
    EXPECT_TRUE(record->allows_sha256 && record->is_for_mail && record->is_testing && !record->is_strict);
    EXPECT_EQ(record->notes, "notes...");
    EXPECT_TRUE(parse_key_record("p=")->public_key.empty());
    EXPECT_TRUE(parse_key_record("p=AQIDBA")) << "without padding";
    EXPECT_FALSE(parse_key_record("p=; h=sha1")->allows_sha256);
    EXPECT_FALSE(parse_key_record("p=; s=tlsrpt")->is_for_mail);
    EXPECT_TRUE(parse_key_record("p=; s=*")->is_for_mail);
    EXPECT_TRUE(parse_key_record("p=; t=s")->is_strict);
}

TEST(DkimKeyRecord, IsRefused) {
    using enum KeyProblem;
    const std::pair<std::string_view, KeyProblem> cases[] = {
        {"", NotATagList},
        {"p=; v=DKIM1", WrongVersion},
        {"v=dkim1; p=", WrongVersion},
        {"v=DKIM2; p=", WrongVersion},
        {"p=; p=", NotATagList},
        {"k=unknown; p=", UnknownKind},
        {"v=DKIM1; k=rsa", MissingKey},
        {"p=!", BadKey},
        {"v=spf1 -all", WrongVersion},
    };
    for (const auto& [text, want] : cases) {
        SCOPED_TRACE(text);
        const auto record = parse_key_record(text);
        ASSERT_FALSE(record);
        EXPECT_EQ(record.error(), want);
    }
}

}  // namespace
}  // namespace dkim
