#include "submitter/submission.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <utility>

#include "lang/verify.h"

namespace submitter {

mime::Submission submission_of(mime::Mailbox author, std::string host, std::int64_t now) {
    std::uint64_t numbers[2];
    VERIFY(::getrandom(numbers, sizeof numbers, 0) == sizeof numbers);
    return {.date = {.unix_seconds = now, .zone_minutes = 0},
            .unique = fmt::format("{:016x}{:016x}", numbers[0], numbers[1]),
            .host = std::move(host),
            .author = std::move(author)};
}

}  // namespace submitter
