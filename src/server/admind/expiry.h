#pragma once
// When the certificates of the configuration expire: for `hermod status`, and as a warning in the log, in time.

#include <chrono>
#include <string>
#include <vector>

#include "admind/inbox.h"
#include "clocks/clock.h"
#include "logs/log.h"
#include "site/tls.h"

namespace admind {

constexpr std::chrono::hours look_at_certificates_after{24};

std::vector<CertificateStatus> certificates_of(const site::Tls& tls);

/// A line for each that has expired or will within tls.expiry_warning.
void warn_of_expiry(const std::vector<CertificateStatus>& certificates, const site::Tls& tls,
                    const clocks::Clock& clock, logs::Log& log);

}  // namespace admind
