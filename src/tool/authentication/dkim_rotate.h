#pragma once
// `hermod dkim rotate`, `hermod dkim revoke` and `hermod dkim status`.

#include <string>
#include <vector>

#include "authentication/surroundings.h"

namespace authentication {

struct RotateQuestion {
    Dns dns;
    Now now;
    std::string domain;         // empty: all that have keys
    std::string selector;       // of new keys
    bool goes_on_only = false;  // nothing new is begun
    bool at_once = false;       // new keys are used as soon as they are seen
};

/// 0: done, or it waits; 1: a record is not published; 2: asked wrongly; 75: the DNS did not answer.
int rotate(const RotateQuestion& question);

struct RevokeQuestion {
    std::string configuration;
    Now now;
    std::string domain;
    std::vector<std::string> selectors;  // none: all keys of the domain
};
/// 0: nothing signs with them any more; 1: the running server may; 2: asked wrongly.
int revoke(const RevokeQuestion& question);

struct StatusQuestion {
    std::string configuration;
    Now now;
    std::string domain;  // empty: all
    bool json = false;
};
int show_keys(const StatusQuestion& question);

}  // namespace authentication
