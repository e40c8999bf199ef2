#pragma once
// Where messages are left, and who leaves them.

#include <cstdint>
#include <string>

namespace sendmail {

struct Place {
    std::string drop_directory = "/var/lib/hermod/drop";
    std::string hostname;
    std::uint64_t message_size = 0;
    std::string control_socket;
};

/// Out of the configuration; a user who may not read it, or a file with errors, leaves the defaults: mail is to be
/// taken while an administrator edits.
Place find_place(const std::string& configuration);
/// The file that is meant: the one given, else $HERMOD_CONFIG, else /etc/hermod/hermod.toml.
std::string configuration_path(const std::string& given);

struct Caller {
    std::string login;      // "user1000" where the uid has no name
    std::string full_name;  // of the account; may be empty
};
Caller find_caller();

}  // namespace sendmail
