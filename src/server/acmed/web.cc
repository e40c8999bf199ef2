#include "acmed/web.h"

#include <chrono>

namespace acmed {
namespace {

constexpr std::string_view agent = "Hermod/" HERMOD_VERSION;  // RFC 8555 §6.1

http::Request request_for(const acme::Send& send) {
    http::Request request{.method = send.method == acme::Method::Post   ? "POST"
                                    : send.method == acme::Method::Head ? "HEAD"
                                                                        : "GET",
                          .host = {},
                          .target = {},
                          .fields = {{"User-Agent", std::string(agent)}, {"Accept-Language", "en"}},
                          .content = send.content};
    if (send.method == acme::Method::Post) request.fields["Content-Type"] = "application/jose+json";  // §6.2
    return request;
}

acme::Answer answer_of(http::Response response) {
    return {.status = response.status,
            .nonce = std::string(response.field("replay-nonce")),
            .location = std::string(response.field("location")),
            .retry_after = std::string(response.field("retry-after")),
            .body = std::move(response.body),
            .received = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())};
}

}  // namespace

net::Task<std::expected<acme::Answer, acme::Error>> Web::ask(acme::Send send) {
    auto outcome = co_await requester_.ask(send.url, request_for(send));
    if (outcome) co_return answer_of(*std::move(outcome));
    co_return std::unexpected(
        acme::Error{.code = acme::Error::Code::Unreachable, .detail = std::move(outcome).error()});
}

}  // namespace acmed
