#pragma once
// Moves a conversation with the authority: makes its requests, prepares what it looks for, waits, and clears up.

#include <boost/asio/io_context.hpp>
#include <vector>

#include "acme/conversation.h"
#include "acmed/hooks.h"
#include "acmed/proofs.h"
#include "acmed/web.h"

namespace acmed {

class Business {
public:
    /// All outlive it.
    Business(boost::asio::io_context& context, Web& web, Proofs& proofs, Hooks& hooks)
        : context_(context), web_(web), proofs_(proofs), hooks_(hooks) {}

    /// To the end: Issued, Revoked or Error.
    net::Task<acme::Step> carry_out(acme::Conversation conversation);

private:
    net::Task<acme::Step> move(acme::Conversation& conversation);
    net::Task<std::optional<acme::Error>> prepare(acme::Prepare proof);
    net::Task<void> clear_up();

    boost::asio::io_context& context_;
    Web& web_;
    Proofs& proofs_;
    Hooks& hooks_;
    std::vector<acme::Prepare> in_the_dns_;  // records to be removed again
};

}  // namespace acmed
