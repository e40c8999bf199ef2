#include "dns/table.h"

#include "dns/exchangers.h"
#include "fuzz.h"

// Any table answers any question, and any domain comes to an end: with hosts within the limits, none of them us, or
// with a reason.
FUZZ(text) {
    const auto table = dns::parse_table(text);
    if (!table) {
        VERIFY(table.error().line > 0 && !table.error().problem.empty());
        return;
    }
    for (const auto domain : {"example.com", "b.example"}) {
        dns::Ourselves ourselves;
        ourselves.host_names = {"we.example"};
        dns::Exchangers exchangers(domain, ourselves, text.size());
        for (std::size_t asked = 0; !exchangers.is_done(); ++asked) {
            VERIFY(asked <= 1 + 2 * dns::most_exchangers);
            VERIFY(!exchangers.questions().empty());
            const auto question = exchangers.questions().front();
            exchangers.answer(question, table->answer(question));
        }
        VERIFY((exchangers.hosts() != nullptr) != (exchangers.no_route() != nullptr));
        if (const auto* none = exchangers.no_route()) {
            VERIFY(none->code / 100 == (none->is_temporary() ? 4u : 5u) && !none->text.empty());
            continue;
        }
        VERIFY(!exchangers.hosts()->empty() && exchangers.hosts()->size() <= dns::most_exchanger_addresses);
        for (const auto& host : *exchangers.hosts())
            VERIFY(!host.address.unmapped().is_loopback() && host.host != "we.example");
    }
}
