#pragma once
// Questions to the DNS, answered. RFC 1035; RFC 4035 §4.3 for what Secure, Insecure, Bogus and Failed mean.
//
// A seam: protocol code names Questions (dns/answer.h), a process hands them to whichever Resolver its main wired in:
// libunbound on our own event loop (resolver/unbound.h), a table from a file, or the simulator's. An answer always
// comes, within the resolver's own deadline; what went wrong is in the answer, never thrown.

#include "dns/answer.h"
#include "dns/table.h"
#include "net/stream.h"

namespace resolver {

class Resolver {
public:
    virtual ~Resolver() = default;
    virtual net::Task<dns::Answer> ask(dns::Question question) = 0;
};

/// Answers from `[dns] table`: for tests, demonstrations and debugging. A name forced to TIMEOUT fails at once.
class TableResolver final : public Resolver {
public:
    explicit TableResolver(dns::Table table) : table_(std::move(table)) {}
    net::Task<dns::Answer> ask(dns::Question question) override { co_return table_.answer(question); }

private:
    dns::Table table_;
};

}  // namespace resolver
