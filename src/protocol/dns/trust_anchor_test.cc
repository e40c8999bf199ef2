#include "dns/trust_anchor.h"

#include <gtest/gtest.h>

namespace {

// RFC 4034 §2.2, §5.3
TEST(TrustAnchors, AreRecordsOfTheirKinds) {
    for (const char* good : {"example.org. IN DS 2371 13 2 6F39aabb\n", ". 172800 IN DS 20326 8 2 E06D 44B8\n",
                             "; what IANA says\n\nexample. DS 1 8 2 aa ; ours\r\n",
                             "example.org IN DNSKEY 257 3 13 AAAA BBBB\n", "a.test. 3600 in dnskey 257 3 15 AAAA"})
        EXPECT_EQ(dns::trust_anchors_flaw(good), "") << good;
    for (const char* bad :
         {"", "; nothing\n", "nonsense\n", "example.org. IN A 192.0.2.1\n", "example.org. IN DS 2371 13 2\n",
          "example.org. IN DS 70000 13 2 aa\n", "example.org. IN DS 2371 13 2 xyz\n",
          "example.org. IN DS 2371 13 2 abc\n", "example.org. IN DNSKEY 257 3 13 ???\n", "..x IN DS 1 8 2 aa\n",
          "example. IN DS 1 8 2 (\naa )\n"})
        EXPECT_NE(dns::trust_anchors_flaw(bad), "") << bad;
    EXPECT_EQ(dns::trust_anchors_flaw("a. DS 1 8 2 aa\n\nb. DS x\n"), "line 3 is no DS or DNSKEY record");
}

}  // namespace
