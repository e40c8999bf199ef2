#pragma once
// Who we are at servers that want us to log in: names and mechanisms from the routes, passwords from the files that
// master opened for relay, and for nobody else. RFC 4954.
//
// The rule that must hold: a password is found for the destination of its own route alone, and never said to anybody
// but the server there; what goes wrong is told without it.

#include <optional>
#include <string>
#include <vector>

#include "process/process.h"
#include "relay/destination.h"
#include "site/route.h"
#include "smtp/login.h"

namespace relay {

class Credentials {
public:
    /// File number i is that of the i-th route that has one. What is wrong is returned, for the log.
    std::vector<std::string> use(site::Routes routes, const std::vector<process::Secret>& files);

    /// Without a nonce. None: there is no such route (any more), or its password could not be read.
    std::optional<smtp::LoginSettings> find(const Destination& destination) const;

private:
    struct Known {
        Destination destination;
        smtp::LoginSettings login;
    };
    std::vector<Known> known_;  // first match wins, as with routes
};

}  // namespace relay
