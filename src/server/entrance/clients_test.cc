#include "entrance/clients.h"

#include <gtest/gtest.h>

namespace {

ip::Address at(std::string_view text) { return *ip::parse_address(text); }

TEST(Clients, CountsByAddressAndByNeighbourhood) {
    entrance::Clients clients;
    const entrance::Clients::Most most{.per_client = 2, .per_network = 3};
    EXPECT_TRUE(clients.enter(at("192.0.2.1"), most));
    EXPECT_TRUE(clients.enter(at("192.0.2.1"), most));
    EXPECT_FALSE(clients.enter(at("192.0.2.1"), most));
    EXPECT_TRUE(clients.enter(at("192.0.2.2"), most));
    EXPECT_FALSE(clients.enter(at("192.0.2.3"), most));
    EXPECT_TRUE(clients.enter(at("198.51.100.1"), most));
    clients.leave(at("192.0.2.1"));
    EXPECT_TRUE(clients.enter(at("192.0.2.3"), most));
}

TEST(Clients, CountsOneIpv6CustomerAsOneClient) {
    entrance::Clients clients;
    const entrance::Clients::Most most{.per_client = 1, .per_network = 10};
    EXPECT_TRUE(clients.enter(at("2001:db8::1"), most));
    EXPECT_FALSE(clients.enter(at("2001:db8::2"), most));
    EXPECT_TRUE(clients.enter(at("2001:db8:0:1::2"), most));
}

TEST(Clients, ForgetsThoseWhoLeft) {
    entrance::Clients clients;
    const entrance::Clients::Most most{.per_client = 1, .per_network = 1};
    EXPECT_TRUE(clients.enter(at("192.0.2.1"), most));
    EXPECT_FALSE(clients.enter(at("192.0.2.9"), most));
    clients.leave(at("192.0.2.1"));
    EXPECT_TRUE(clients.is_empty());
}

}  // namespace
