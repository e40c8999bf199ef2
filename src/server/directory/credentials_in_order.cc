#include "directory/credentials_in_order.h"

#include <algorithm>
#include <utility>

#include "directory/account_name.h"
#include "lang/try.h"
#include "lang/verify.h"
#include "smtp/domain_of.h"

namespace directory {

CredentialsInOrder::CredentialsInOrder(std::string hostname, std::vector<Source> sources)
    : hostname_(std::move(hostname)), sources_(std::move(sources)) {
    VERIFY(std::ranges::any_of(sources_, [](const Source& source) { return source.domains.empty(); }));
}

/// The last one whose domain it is needs no question: nobody is nobody there, at the same cost.
std::expected<Credentials*, Unavailable> CredentialsInOrder::whose(std::string_view user) {
    const auto account = account_name(user, hostname_);
    const auto domain = smtp::domain_of(account);
    Credentials* last = nullptr;
    for (auto& [domains, credentials] : sources_) {
        if (!domains.empty() && std::ranges::find(domains, domain) == domains.end()) continue;
        if (last && TRY(last->knows(user))) return last;
        last = credentials.get();
    }
    return last;
}

std::expected<bool, Unavailable> CredentialsInOrder::knows(std::string_view user) {
    return TRY(whose(user))->knows(user);
}

Credentials::Looked<Identity> CredentialsInOrder::check(std::string_view user, std::string_view password,
                                                        Purpose purpose) {
    return TRY(whose(user))->check(user, password, purpose);
}

Credentials::Looked<Identity> CredentialsInOrder::identify(std::string_view user, Purpose purpose) {
    return TRY(whose(user))->identify(user, purpose);
}

Credentials::Looked<sasl::ScramKeys> CredentialsInOrder::scram_keys(std::string_view user, crypto::Digest digest,
                                                                    Purpose purpose) {
    return TRY(whose(user))->scram_keys(user, digest, purpose);
}

Credentials::Looked<std::string> CredentialsInOrder::secret(std::string_view user, Purpose purpose) {
    return TRY(whose(user))->secret(user, purpose);
}

}  // namespace directory
