#include "resolver/blocking.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "lang/try.h"
#include "resolver/open.h"

namespace resolver {

std::expected<Blocking, std::string> Blocking::open(const site::Dns& settings) {
    Blocking opened;
    opened.context_ = std::make_unique<boost::asio::io_context>();
    opened.resolver_ = TRY(resolver::open(*opened.context_, settings));
    return opened;
}

dns::Answer Blocking::ask(const dns::Question& question) {
    dns::Answer answer;
    std::exception_ptr thrown;
    boost::asio::co_spawn(*context_, resolver_->ask(question), [&](std::exception_ptr error, dns::Answer got) {
        thrown = error;
        answer = std::move(got);
        context_->stop();
    });
    context_->restart();
    context_->run();
    if (thrown) std::rethrow_exception(thrown);
    return answer;
}

}  // namespace resolver
