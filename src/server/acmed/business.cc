#include "acmed/business.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "acme/account_key.h"

namespace acmed {
namespace {

using Clock = std::chrono::steady_clock;

// Hostile: an authority that is slow at every step.
constexpr std::chrono::minutes longest{30};

std::string record_for(const acme::Prepare& proof) { return "_acme-challenge." + proof.name; }

bool is_end(const acme::Step& step) {
    return std::holds_alternative<acme::Issued>(step) || std::holds_alternative<acme::Revoked>(step) ||
           std::holds_alternative<acme::Error>(step);
}

}  // namespace

net::Task<acme::Step> Business::carry_out(acme::Conversation conversation) {
    auto end = co_await move(conversation);
    co_await clear_up();
    co_return end;
}

net::Task<acme::Step> Business::move(acme::Conversation& conversation) {
    const auto last_moment = Clock::now() + longest;
    auto step = conversation.begin();
    while (!is_end(step)) {
        if (Clock::now() > last_moment)
            co_return acme::Error{.code = acme::Error::Code::NeverReady, .detail = "it took half an hour"};
        if (auto* send = std::get_if<acme::Send>(&step)) {
            auto answer = co_await web_.ask(std::move(*send));
            if (!answer) co_return std::move(answer).error();
            step = conversation.take(*answer);
        } else if (auto* proof = std::get_if<acme::Prepare>(&step)) {
            auto trouble = co_await prepare(std::move(*proof));
            if (trouble) co_return *std::move(trouble);
            step = conversation.proceed();
        } else {
            boost::asio::steady_timer timer(context_, std::get<acme::Pause>(step).time);
            co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            step = conversation.proceed();
        }
    }
    co_return step;
}

net::Task<std::optional<acme::Error>> Business::prepare(acme::Prepare proof) {
    if (proof.type != acme::ChallengeType::Dns01) {
        proofs_.add(proof, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
        co_return std::nullopt;
    }
    in_the_dns_.push_back(proof);  // also where adding it fails halfway
    const auto added = co_await hooks_.call(/*adds=*/true, record_for(proof), acme::txt_value(proof.key_authorization));
    if (added) co_return std::nullopt;
    co_return added.error();
}

net::Task<void> Business::clear_up() {
    proofs_.clear();
    const auto records = std::exchange(in_the_dns_, {});
    for (const auto& proof : records) {
        std::string value = acme::txt_value(proof.key_authorization);
        co_await hooks_.call(/*adds=*/false, record_for(proof), std::move(value));
    }
}

}  // namespace acmed
