#include "policyd/digest_line.h"

#include <algorithm>
#include <utility>

#include "lang/verify.h"

namespace policyd {

void DigestLine::connect(file::Descriptor socket) {
    link_ = std::make_unique<Link>(context_, std::move(socket),
                                   Link::Handlers{.on_message =
                                                      [this](FromKeyd message) {
                                                          auto& answer = std::get<DigestSigned>(message);
                                                          settle(answer.ticket, std::move(answer.signature));
                                                      },
                                                  .on_gone = [this](const std::string&) { link_.reset(); }});
    for (const auto& [ticket, waiting] : waiting_) link_->send(waiting.request);
}

void DigestLine::ask(std::uint64_t ticket, keyd::SignDigest request, std::chrono::milliseconds time) {
    request.ticket = ticket;
    auto timer = std::make_unique<boost::asio::steady_timer>(context_, time);
    timer->async_wait([this, ticket](boost::system::error_code error) {
        if (!error) settle(ticket, "");
    });
    if (link_) link_->send(request);
    waiting_.emplace(ticket, Waiting{request, std::move(timer)});
}

void DigestLine::settle(std::uint64_t ticket, std::string signature) {
    if (waiting_.erase(ticket) == 0) return;  // Hostile, or too late: nobody waits for it
    tickets_.take(ticket, std::move(signature));
}

net::Task<std::string> DigestLine::sign(keyd::DigestId key, std::string digest, std::chrono::milliseconds time) {
    keyd::SignDigest request{.key = key};
    VERIFY(digest.size() == request.digest.size());
    std::ranges::copy(digest, request.digest.begin());
    if (waiting_.size() >= most_waiting || time <= std::chrono::milliseconds(0)) co_return "";
    co_return co_await tickets_.wait([this, request, time](std::uint64_t ticket) { ask(ticket, request, time); });
}

}  // namespace policyd
