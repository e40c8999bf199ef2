#include "mime/trace.h"

#include <gtest/gtest.h>

#include "mime/header.h"

namespace {

mime::Received received() {
    mime::Received received;
    received.helo = "mx.example.net";
    received.client_name = "mx.example.net";
    received.client = ip::parse_address("192.0.2.1");
    received.by = "mail.example.org";
    received.with = "ESMTPS";
    received.id = "0123456789ABC";
    received.recipient = "a@example.org";
    received.date = {880127706, -360};
    return received;
}

}  // namespace

// RFC 5321 §4.4
TEST(MimeTrace, MakesReceived) {
    auto from_outside = received();
    EXPECT_EQ(mime::received_field(from_outside),
              "Received: from mx.example.net (mx.example.net [192.0.2.1]) by mail.example.org\r\n"
              " (Hermod) with ESMTPS id 0123456789ABC for <a@example.org>;\r\n"
              " Fri, 21 Nov 1997 09:55:06 -0600\r\n");
    from_outside.tls = "TLSv1.3 TLS_AES_256_GCM_SHA384";
    from_outside.client_name.clear();
    from_outside.client = ip::parse_address("2001:db8::1");
    from_outside.recipient.clear();
    EXPECT_EQ(mime::unfold(mime::received_field(from_outside)),
              "Received: from mx.example.net (unknown [IPv6:2001:db8::1]) by mail.example.org (Hermod) with ESMTPS "
              "(TLSv1.3 TLS_AES_256_GCM_SHA384) id 0123456789ABC; Fri, 21 Nov 1997 09:55:06 -0600");
    mime::Received local;
    local.local_user = "userid 1000";
    local.by = "mail.example.org";
    local.id = "1";
    EXPECT_EQ(mime::unfold(mime::received_field(local)),
              "Received: by mail.example.org (Hermod, from userid 1000) id 1; Thu, 1 Jan 1970 00:00:00 +0000");
}

// Hostile: nothing a stranger chose ends its line, comment or clause.
TEST(MimeTrace, LetsNothingBeInjected) {
    auto hostile = received();
    hostile.helo = "a (b) by evil; x\r\nBcc: c\xff\x1b";
    hostile.client_name = "p)\r\n\r\nbody";
    hostile.recipient = "\"a>;\\\" b\"@x";
    const auto field = mime::received_field(hostile);
    EXPECT_EQ(mime::unfold(field),
              "Received: from a??b??by?evil??x??Bcc:?c?? (p?????body [192.0.2.1]) by mail.example.org (Hermod) with "
              "ESMTPS id 0123456789ABC for <\"a>;\\\" b\"@x>; Fri, 21 Nov 1997 09:55:06 -0600");
    hostile.recipient = "\"a> for <b@c";
    EXPECT_NE(mime::received_field(hostile).find("for <?a??for??b@c>;"), std::string::npos);
    EXPECT_EQ(mime::return_path_field("a\r\n@b>x"), "Return-Path: <a??@b?x>\r\n");
    EXPECT_EQ(mime::delivered_to_field("a\n@b"), "Delivered-To: a?@b\r\n");
    EXPECT_LT(mime::received_field({.helo = std::string(10'000, 'x'),
                                    .client_name = "",
                                    .client = {},
                                    .local_user = "",
                                    .by = "",
                                    .with = "",
                                    .tls = std::string(10'000, 'x'),
                                    .id = "",
                                    .recipient = "",
                                    .date = {}})
                  .size(),
              600u);
}

// RFC 5321 §4.4
TEST(MimeTrace, MarksFinalDelivery) {
    EXPECT_EQ(mime::return_path_field(""), "Return-Path: <>\r\n");
    EXPECT_EQ(mime::return_path_field("a@example.org"), "Return-Path: <a@example.org>\r\n");
    const auto field = mime::delivered_to_field("U@example.org");
    EXPECT_EQ(field, "Delivered-To: U@example.org\r\n");
    EXPECT_TRUE(mime::has_delivered_to(field, "u@example.org"));
}

// RFC 5322 §2.1.1, §2.2.3
TEST(MimeTrace, FoldsAtBlanks) {
    EXPECT_EQ(mime::fold_field("A", "b"), "A: b\r\n");
    EXPECT_EQ(mime::fold_field("A", ""), "A:\r\n");
    const std::string word(40, 'x');
    EXPECT_EQ(mime::fold_field("A", word + ' ' + word + "  " + word),
              "A: " + word + "\r\n " + word + " \r\n " + word + "\r\n");
    const std::string longer(100, 'y');
    EXPECT_EQ(mime::fold_field("A", longer + ' ' + longer), "A: " + longer + "\r\n " + longer + "\r\n");
}
