#include "acme/conversation.h"

#include "fuzz.h"
#include "url/url.h"

namespace {

// The fields of one answer: status digit, nonce, location, retry-after, body; each to the end of a line.
acme::Answer next_answer(std::string_view& input) {
    const auto line = [&] {
        const auto length = std::min(input.find('\n'), input.size());
        const std::string text(input.substr(0, length));
        input.remove_prefix(std::min(length + 1, input.size()));
        return text;
    };
    acme::Answer answer;
    const std::string status = line();
    answer.status = status.empty() ? 200 : static_cast<unsigned char>(status[0]) % 6 * 100;
    answer.nonce = line();
    answer.location = line();
    answer.retry_after = line();
    answer.body = line();
    return answer;
}

const acme::AccountKey key{"ES256", R"({"crv":"P-256","kty":"EC","x":"AA","y":"AA"})",
                           [](std::string_view) { return std::string(64, '\1'); }};

void converse(std::string_view input, std::variant<acme::Issue, acme::Revoke> goal) {
    acme::Conversation conversation(key, {"https://a.example/dir", {"mailto:a@b.example"}, true}, std::move(goal));
    auto step = conversation.begin();
    for (int steps = 0;; ++steps) {
        VERIFY(steps < 100'000);
        if (const auto* send = std::get_if<acme::Send>(&step)) {
            VERIFY(url::parse(send->url).value().scheme == "https");
            VERIFY((send->method == acme::Method::Post) == !send->content.empty());
            if (input.empty()) return;
            step = conversation.take(next_answer(input));
        } else if (const auto* prepare = std::get_if<acme::Prepare>(&step)) {
            VERIFY(prepare->name == "a.example");
            VERIFY(prepare->key_authorization == acme::key_authorization(key, prepare->token));
            step = conversation.proceed();
        } else if (const auto* pause = std::get_if<acme::Pause>(&step)) {
            VERIFY(pause->time >= std::chrono::seconds(1) && pause->time <= std::chrono::seconds(60));
            step = conversation.proceed();
        } else {
            return;
        }
    }
}

}  // namespace

// Whatever the server answers, in whatever order: only our own name is vouched for, and every pause is bounded.
FUZZ(input) {
    converse(input, acme::Issue{{"a.example"}, "request", acme::ChallengeType::Http01});
    converse(input, acme::Revoke{"certificate", 0});
}
