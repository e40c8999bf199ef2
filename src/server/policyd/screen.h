#pragma once
// All stages of [screening] at once.

#include <string>

#include "policyd/config.h"
#include "policyd/inbox.h"
#include "policyd/stage.h"

namespace policyd {

/// A stranger at MAIL.
struct Stranger {
    ip::Address client;
    std::string helo;
    std::string reverse_path;  // empty: the null sender
};
/// All arguments but the last outlive the scene.
Scene scene_of(resolver::Resolver& resolver, ListHealth& lists, const Config& config, const Stranger& stranger);

/// Whoever is exempt is not looked at.
net::Task<Findings> screen(const Scene& scene);

/// What smtpd is told: of what a list allows, what was found and nothing else.
Screened screened_of(const Findings& findings);

}  // namespace policyd
