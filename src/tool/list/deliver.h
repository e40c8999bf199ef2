#pragma once
// One message for a list, as the server's runner hands it over: on standard input, with SENDER and RECIPIENT in the
// environment. The exit status is qmail-command(8)'s, and what is printed stands in the reply.

#include <string>

#include "site/dns.h"

namespace list {

struct Delivery {
    std::string folder;
    std::string drop_directory;
    std::string hostname;
    site::Dns dns;
};
int deliver(const Delivery& delivery);

}  // namespace list
