#include "bayes/tokens.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "bayes/charset.h"
#include "bayes/html.h"
#include "bayes/words.h"
#include "mime/parts.h"
#include "mime/transfer.h"

namespace bayes {
namespace {

std::set<std::string> texts(std::string_view message) {
    std::set<std::string> all;
    for (const auto& [token, text] : tokens_of(message, Texts::Kept).texts) all.insert(text);
    return all;
}

std::string in_words(std::string_view text) {
    std::string all;
    split(text, [&](const Word& word) { all += (all.empty() ? "" : word.follows ? " " : " | ") + word.text; });
    return all;
}

TEST(BayesWords, AreThoseOfTheirScript) {
    struct Case {
        std::string_view text;
        std::string_view want;
    };
    const Case cases[] = {
        {"Click here now", "click here now"},
        {"FREE! money, don't e-mail", "free! money | don't e-mail"},
        {"$1,000.00 at example.com.", "$1,000.00 at example.com"},
        {"\u00c4RGER \u041f\u0440\u0438\u0412\u0415\u0422 \u0391\u03b2\u0393",
         "\u00e4rger \u043f\u0440\u0438\u0432\u0435\u0442 \u03b1\u03b2\u03b3"},
        {"caf\xe9", "caf\u00e9"},  // no UTF-8
        {"\u514d\u8d39\u8d60\u9001", "\u514d\u8d39 \u8d39\u8d60 \u8d60\u9001"},
        {"Vi\u200bag\u00adra", "viagra"},
        {"\uff26\uff32\uff25\uff25", "free"},
        {"a (b) c", "a | b | c"},
        {"", ""},
    };
    for (const auto& [text, want] : cases) EXPECT_EQ(in_words(text), want) << text;
    EXPECT_EQ(in_words(std::string(95, 'x')), "~9");
    EXPECT_EQ(in_words("www." + std::string(41, 'x') + ".example"), "~5 | www | example");
}

TEST(BayesHtml, IsTheTextThatAReaderSees) {
    struct Case {
        std::string_view html;
        std::string_view want;
    };
    const Case cases[] = {
        {"<p>V<!-- x -->iag<b></b>ra</p>", "\nViagra\n"},
        {"a<br>b", "a\nb"},
        {"<span style=\"display: NONE\">hidden<span>too</span></span>shown", "shown"},
        {"<font style='font-size:1px'>tiny</font>seen", "seen"},
        {"<div style='font-size:0.9em'>seen</div>", " seen "},
        {"<script>if (a < b) '</b>';</script>x", " x"},
        {"<style>p { }</STYLE>x", " x"},
        {"&#86;i&#x61;gra &amp; &nbsp;&uuml; &bogus; &", "Viagra &  \u00fc &bogus; &"},
        {"1 < 2 <3", "1 < 2 <3"},
        {"<!-- never closed <b>x</b>", "x"},
        {"<a href=x", ""},
        {"<", "<"},
    };
    for (const auto& [html, want] : cases) EXPECT_EQ(read_html(html).text, want) << html;
    const auto page = read_html("<A HREF=\"http://a.example/x?y\">z</a><img src=http://b.example/>");
    EXPECT_EQ(page.links, (std::vector<std::string>{"http://a.example/x?y", "http://b.example/"}));
}

// RFC 2046 §5.1, RFC 2045 §6, RFC 2047 §2
TEST(BayesTokens, AreOfWhatIsWritten) {
    const auto all = texts(
        "Received: from mail.example.net (host [192.0.2.7]) by mx.example.org\n"
        "From: =?iso-8859-1?q?J=F6rg?= <joe@mail.example.com>\n"
        "Subject: =?utf-8?B?R2V0IEZSRUU=?= money\n"
        "X-Spam-Flag: YES\n"
        "X-Mailer: Bulk 1.0\n"
        "Content-Type: multipart/mixed; boundary=\"b\"\n\n"
        "no part of it\n"
        "--b\nContent-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: "
        "quoted-printable\n\n=F0=D2=C9=D7=\n=C5=D4 http://shop.example.biz/buy?x\n"
        "--b\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+Q2xpY2s8L2I+IGhlcmU=\n"
        "--b\nContent-Type: application/zip; name=\"Invoice.EXE\"\nContent-Transfer-Encoding: base64\n\nTm90IHJlYWQ=\n"
        "--b--\nneither is this\n");
    for (const char* text :
         {"subject:get", "subject:free", "subject:get subject:free", "subject:(capitals) free", "from:j\u00f6rg",
          "from:@:example.com", "received:mail.example.net", "received:192.0.2", "has:x-mailer", "x-mailer:Bulk",
          "\u043f\u0440\u0438\u0432\u0435\u0442", "url:shop.example.biz", "url:example.biz", "url:buy", "click",
          "click here", "html:b", "file:.exe", "part:application/zip base64"})
        EXPECT_TRUE(all.contains(text)) << text;
    for (const char* text : {"has:x-spam-flag", "no part", "neither", "not read", "read"})
        EXPECT_FALSE(all.contains(text)) << text;
}

// Each character of a charset with two octets stands for itself, however it is written down.
TEST(BayesTransfer, CharactersOfTwoOctetsAreOne) {
    const auto one = decode_charset("\xc6\xfc\xcb\xdc a", "EUC-JP");
    EXPECT_EQ(one.size(), 2 * 4 + 2U);  // two of the last plane, in UTF-8
    EXPECT_EQ(decode_charset("\x1b$BF|K\\\x1b(B a", "ISO-2022-JP"), one);
    EXPECT_NE(decode_charset("\xc6\xfc\xcb\xdc", "gb2312"), decode_charset("\xc6\xfc\xcb\xdd", "gb2312"));
    EXPECT_EQ(decode_charset("\x1b", "iso-2022-jp"), "\x1b");
    EXPECT_EQ(decode_charset("\xc6", "big5"), " ");
}

TEST(BayesTokens, AreTheSameBeforeAndAfterDelivery) {
    const std::string message = "From: a@b.example\nDate: x\nMessage-ID: <1@b.example>\n\nHello\nFrom here\n";
    std::string later = "Return-Path: <a@b.example>\r\nDelivered-To: c@d.example\r\nX-Spam-Status: No\r\n";
    for (const char octet : message) later += octet == '\n' ? std::string("\r\n") : std::string(1, octet);
    EXPECT_EQ(tokens_of(message).tokens, tokens_of(later).tokens);
    later.insert(later.find("From here"), ">");  // an mbox
    EXPECT_EQ(tokens_of(message).identity, tokens_of(later).identity);
    EXPECT_NE(tokens_of(message).identity, tokens_of(message + "x").identity);
}

// They are on disk by their numbers: a change of these forgets all that was learned.
TEST(BayesTokens, NumbersStayAsTheyAre) {
    const auto tokens = tokens_of("Subject: hello\n\nworld peace\n", Texts::Kept);
    std::map<std::string, Token> by_text;
    for (const auto& [token, text] : tokens.texts) by_text[text] = token;
    EXPECT_EQ(fmt::format("{:x}", by_text.at("world")), "7fff5832558008e6");
    EXPECT_EQ(fmt::format("{:x}", by_text.at("subject:hello")), "ac261bd714f796df");
    EXPECT_EQ(fmt::format("{:x}", by_text.at("world peace")), "ecc2607f69abdcbe");
}

// Hostile: depth, a million parts, boundaries that begin alike, a megabyte long, messages within messages, a million
// encoded words. What is looked at, what nests and what comes out have a most.
TEST(BayesTokens, HostileMessagesAreBounded) {
    std::string deep = "Subject: x\n";
    for (int i = 0; i < 10'000; ++i)
        deep += fmt::format("Content-Type: multipart/mixed; boundary=b{}\n\n--b{}\n", i, i);
    std::string parts = "Content-Type: multipart/mixed; boundary=b\n\n";
    for (int i = 0; i < 1'000'000; ++i) parts += "--b\n\n\n";
    std::string alike = "Content-Type: multipart/mixed; boundary=a\n\n--a\n";
    for (int i = 0; i < 50'000; ++i) alike += "--aaaaaaaaaaaaaaa\n";
    const std::string megabyte(1 << 20, 'm');
    const auto longest = "Content-Type: multipart/mixed; boundary=" + megabyte + "\n\n--" + megabyte + "\n";
    std::string within;
    for (int i = 0; i < 20'000; ++i) within += "Content-Type: message/rfc822\n\n";
    std::string words = "Subject: ";
    for (int i = 0; i < 1'000'000; ++i) words += "=?utf-8?q?a?= ";
    std::string unfinished = "Subject: x\nContent-Type: text/html\n\n";
    for (int i = 0; i < 200'000; ++i) unfinished += "<!--<a b=&#";
    std::string fields;
    for (int i = 0; i < 100'000; ++i) fields += fmt::format("X-{}: {}\n", i, i);
    for (const auto& message :
         {deep, parts, alike, longest, within, words, unfinished, fields, std::string(), std::string("\n")}) {
        const auto found = tokens_of(message, Texts::Kept);
        EXPECT_LE(found.tokens.size(), most_tokens);
        std::size_t told = 0;
        mime::for_each_part(message, [&](const mime::Part&) { ++told; });
        EXPECT_LE(told, mime::most_parts + mime::deepest_part);
    }
}

}  // namespace
}  // namespace bayes
