#include "directory/checkers.h"

#include <algorithm>
#include <utility>

#include "directory/account_name.h"
#include "smtp/domain_of.h"

namespace directory {

bool CheckersByDomain::run(Lane lane, std::string_view user, Job job, std::move_only_function<void()> done) {
    const auto account = account_name(user, hostname_);
    const auto domain = smtp::domain_of(account);
    const auto place = std::ranges::find_if(
        places_, [&](const Place& one) { return std::ranges::find(one.domains, domain) != one.domains.end(); });
    auto& threads = place == places_.end() ? otherwise_ : *place->threads;
    return threads.run(lane, std::move(job), std::move(done));
}

}  // namespace directory
