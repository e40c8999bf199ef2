#pragma once
// The processes of a running server: one folder under src/server/, one uid, one sandbox, one manual page each.

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace process {

enum class Role : std::uint8_t {
    Master,
    Directory,
    Qmgr,
    Deliver,
    Relay,
    Pickup,
    Admind,
    Smtpd,
    Runner,
    Keyd,
    Pop3d,
    Reader,
    Acmed,
    Authd,
    Httpd,
    Tokend,
    Policyd,
};

constexpr std::array<std::string_view, 17> role_names{"master", "directory", "qmgr",   "deliver", "relay",  "pickup",
                                                      "admind", "smtpd",     "runner", "keyd",    "pop3d",  "reader",
                                                      "acmed",  "authd",     "httpd",  "tokend",  "policyd"};
constexpr std::string_view name(Role role) { return role_names[std::to_underlying(role)]; }

/// Which pairs talk to each other; master makes a socketpair for each, and nobody else can reach anybody.
constexpr std::array<std::pair<Role, Role>, 28> neighbours{{
    {Role::Smtpd, Role::Qmgr},        {Role::Smtpd, Role::Directory},  {Role::Smtpd, Role::Keyd},
    {Role::Pickup, Role::Qmgr},       {Role::Pickup, Role::Directory}, {Role::Qmgr, Role::Relay},
    {Role::Qmgr, Role::Deliver},      {Role::Qmgr, Role::Directory},   {Role::Deliver, Role::Directory},
    {Role::Deliver, Role::Runner},    {Role::Admind, Role::Qmgr},      {Role::Pop3d, Role::Directory},
    {Role::Pop3d, Role::Reader},      {Role::Pop3d, Role::Keyd},       {Role::Directory, Role::Reader},
    {Role::Acmed, Role::Runner},      {Role::Admind, Role::Acmed},     {Role::Admind, Role::Directory},
    {Role::Directory, Role::Authd},   {Role::Httpd, Role::Directory},  {Role::Httpd, Role::Keyd},
    {Role::Acmed, Role::Httpd},       {Role::Directory, Role::Tokend}, {Role::Smtpd, Role::Policyd},
    {Role::Directory, Role::Policyd}, {Role::Pickup, Role::Policyd},   {Role::Policyd, Role::Keyd},
    {Role::Policyd, Role::Qmgr},
}};

}  // namespace process
