#include "site/srs.h"

#include "text/idna.h"

namespace site {

std::string srs_domain(const Srs& srs, std::string_view hostname) {
    const std::string domain(srs.domain.empty() ? hostname : std::string_view(srs.domain));
    return text::to_a_labels(domain).value_or(domain);
}

std::string srs_secret_file(const Srs& srs, const Host& host) {
    return srs.secret_file.empty() ? below(host, "srs.secret") : srs.secret_file;
}

}  // namespace site
