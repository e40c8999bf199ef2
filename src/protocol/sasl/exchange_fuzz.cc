#include "sasl/exchange.h"

#include "fuzz.h"
#include "lang/overloaded.h"

// Whatever a client says in whatever mechanism: nobody is let in without a question that was answered with yes, or
// whose answer only holds for somebody who knows the password; names that are asked for contain no NUL; and it ends.
// The first octet picks the mechanism and the answers; responses are separated by LF.
FUZZ(input) {
    if (input.empty()) return;
    const auto first = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    const bool is_good = first & 0x80;
    const auto mechanism = static_cast<sasl::Mechanism>((first & 0x0f) % sasl::mechanisms.size());
    const auto exchange =
        sasl::make_exchange(mechanism, {.hostname = "l.test", .nonce = "s", .channel = "bound", .certificate = "user"});
    auto step = exchange->start(first & 0x40 ? std::optional<std::string_view>() : "");
    bool was_asked = false;
    for (int round = 0; round < 20; ++round) {
        const auto user = exchange->user();
        VERIFY(!user.contains('\0'));
        const bool goes_on =
            std::visit(Overloaded{
                           [](const sasl::Success&) { return false; },
                           [](const sasl::Failure&) { return false; },
                           [&](const sasl::Challenge&) {
                               const auto line = input.substr(0, input.find('\n'));
                               input.remove_prefix(line.size() < input.size() ? line.size() + 1 : line.size());
                               step = exchange->on_response(line);
                               return true;
                           },
                           [&](const sasl::FindScramKeys& ask) {
                               // Keys that no client knows.
                               step = exchange->on_answer(sasl::keys_of_nobody(ask.digest, ask.user, "secret", 4096));
                               return true;
                           },
                           [&](const sasl::FindSecret&) {
                               step = exchange->on_answer(std::optional<std::string>("a secret that nobody guesses"));
                               return true;
                           },
                           [&](const auto&) {
                               was_asked = true;
                               step = exchange->on_answer(sasl::Verdict{.is_good = is_good, .user = "user"});
                               return true;
                           },
                       },
                       sasl::Step(step));
        if (goes_on) continue;
        if (const auto* success = std::get_if<sasl::Success>(&step))
            VERIFY(was_asked && is_good && !success->user.empty());
        return;
    }
}
