#pragma once
// A check, by a child that ends with it: how it ends is the answer (verdict.h).
//
// A child that asks PAM is root by number alone, without any of its capabilities: it can open what belongs to root, as
// /etc/shadow does, and nothing beyond. One that runs a program is the user whom the configuration names. The password
// comes to the program by descriptor 3, and stands in no argument and no environment.

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>

#include "authd/config.h"
#include "authd/inbox.h"
#include "file/descriptor.h"

namespace authd {

struct Started {
    std::int64_t child = 0;   // also the number of its session
    file::Descriptor reason;  // why it can say neither yes nor no; what programs print is not here
};

/// `becomes_user`: started by root; else all checks are made as whoever we are.
std::expected<Started, std::string> start(const Check& check, const site::Login& login, bool becomes_user);

}  // namespace authd
