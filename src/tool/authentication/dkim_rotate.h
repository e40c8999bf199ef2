#pragma once
// `hermod dkim rotate` and `hermod dkim status`.

#include <string>

#include "authentication/signing_site.h"
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

struct StatusQuestion {
    std::string configuration;
    Now now;
    std::string domain;  // empty: all
    bool json = false;
};
int show_keys(const StatusQuestion& question);

}  // namespace authentication
