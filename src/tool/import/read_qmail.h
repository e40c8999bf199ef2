#pragma once
// A qmail site as it lies on the disk: DIR/control, DIR/alias, DIR/users; or a directory of control files alone.

#include <expected>
#include <string>

#include "import/qmail.h"

namespace import {

struct QmailPlaces {
    std::string folder;
    std::string spamdyke;  // empty: control/spamdyke.conf, where there is one
    std::string clients;   // empty: control/tcp.smtp, or tcp.smtp beside it
    std::string users;     // empty: users below `folder`
};

std::expected<QmailSite, std::string> read_qmail(const QmailPlaces& places, Report& report);

}  // namespace import
