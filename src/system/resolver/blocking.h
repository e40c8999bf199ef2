#pragma once
// The DNS for a program that has nothing else to do meanwhile: a question, and its answer.

#include <boost/asio/io_context.hpp>
#include <expected>
#include <memory>
#include <string>

#include "resolver/resolver.h"
#include "site/dns.h"

namespace resolver {

class Blocking {
public:
    /// As [dns] says; or why there can be none, in words for an administrator.
    static std::expected<Blocking, std::string> open(const site::Dns& settings);

    dns::Answer ask(const dns::Question& question);

private:
    std::unique_ptr<boost::asio::io_context> context_;  // before the resolver, which works in it
    std::unique_ptr<Resolver> resolver_;
};

}  // namespace resolver
