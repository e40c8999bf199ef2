#include "greylist/rules.h"

#include <algorithm>
#include <cstring>

#include "fuzz.h"
#include "text/ascii.h"

// Whatever was remembered and whatever time it is: who has to wait has to wait no longer than the delay, and is let in
// when he comes again then. Names differ by nothing that strangers change between tries: case, and the day of BATV.
FUZZ(octets) {
    std::int64_t numbers[6]{};
    std::memcpy(numbers, octets.data(), std::min(octets.size(), sizeof numbers));
    const auto rest = octets.substr(std::min(octets.size(), sizeof numbers));
    constexpr std::int64_t latest = std::int64_t{1} << 40;
    for (auto& number : numbers) number = (number & (latest - 1));
    const greylist::Windows windows;
    greylist::Attempt attempt{.client = ip::v4(static_cast<std::uint32_t>(numbers[0])),
                              .sender = std::string(rest),
                              .recipient = "u@l.test",
                              .proved = numbers[1] & 1 ? "example.net" : "",
                              .doubt = static_cast<greylist::Doubt>(numbers[1] >> 1 & 3)};
    greylist::Remembered remembered;
    if (numbers[1] & 8) remembered.waits_since = numbers[2];
    if (numbers[1] & 16) remembered.known = greylist::Known{.last = numbers[3]};
    if (numbers[1] & 32) remembered.network = greylist::Known{.last = numbers[4], .passes = 7};
    const auto now = numbers[5];
    const auto decision = decide(attempt, remembered, now, windows);
    VERIFY(decision == decide(attempt, remembered, now, windows));
    VERIFY(!decision.has_to_wait() || decision.time <= windows.delay);
    if (decision.why == greylist::Decision::Why::First) remembered.waits_since = now;
    if (decision.has_to_wait())
        VERIFY(!decide(attempt, remembered, now + decision.time.count(), windows).has_to_wait());

    const auto key = names_of(attempt, greylist::Key::Proved).key;
    VERIFY(!key.empty() && key == text::lower(key));
    attempt.sender = text::lower(attempt.sender);
    VERIFY(key == names_of(attempt, greylist::Key::Proved).key);
}
