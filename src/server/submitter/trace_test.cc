#include "submitter/trace.h"

#include <gtest/gtest.h>

namespace submitter {
namespace {

// RFC 5321 §4.4: the id clause. Nothing that a client said may pass for its place.
TEST(Trace, HasAPlaceForTheQueueId) {
    for (const std::string helo : {"c.example", "0000000000000", "XXXXXXXXXXXXX", "id 0000000000000"}) {
        mime::Received received;
        received.helo = helo;
        received.by = "h.example";
        received.with = "ESMTP";
        const auto trace = trace_of(received);
        EXPECT_EQ(trace.field.substr(trace.id_at - 3, 16), "id 0000000000000") << trace.field;
        EXPECT_GT(trace.id_at, trace.field.find("h.example")) << trace.field;
    }
}

}  // namespace
}  // namespace submitter
