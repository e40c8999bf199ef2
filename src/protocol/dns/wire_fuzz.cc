#include "dns/wire.h"

#include "fuzz.h"

// What is read from a packet survives being written and read again, and every answer drawn from it keeps its promises.
FUZZ(octets) {
    const auto packet = dns::decode(octets);
    if (!packet) {
        VERIFY(packet.error().offset <= octets.size());
        return;
    }
    const auto again = dns::decode(dns::encode(*packet));
    VERIFY(again && *again == *packet);
    for (const auto& question : packet->questions) {
        const auto query = dns::decode(dns::encode_query(1, question, true));
        VERIFY(query && query->questions.size() == 1 && query->questions[0] == question);
        const auto answer = dns::decode_response(octets, question);
        if (!answer) continue;
        VERIFY(answer->outcome == dns::Outcome::Insecure || answer->outcome == dns::Outcome::Failed);
        VERIFY((answer->existence == dns::Existence::Found) == !answer->records.empty());
        for (const auto& record : answer->records)
            VERIFY(record.type == question.type && record.name == answer->canonical_name && answer->ttl <= record.ttl);
    }
}
