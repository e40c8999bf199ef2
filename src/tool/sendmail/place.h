#pragma once
// Where messages are left, and who leaves them.

#include <cstdint>
#include <expected>
#include <string>

namespace sendmail {

struct Place {
    std::string drop_directory = "/var/lib/hermod/drop";
    std::string hostname;
    std::uint64_t message_size = 0;
    std::string control_socket;
};

/// Out of the configuration. Where /etc/hermod/hermod.toml is absent, or this user may not read it, the defaults hold.
/// A file that was named, or one with errors, is another matter: the error says why it cannot be used, as the message
/// would otherwise go to another server than the one that was meant.
std::expected<Place, std::string> find_place(const std::string& configuration);
/// The file that is meant: the one given, else $HERMOD_CONFIG, else /etc/hermod/hermod.toml.
std::string configuration_path(const std::string& given);

struct Caller {
    std::string login;      // "user1000" where the uid has no name
    std::string full_name;  // of the account; may be empty
};
Caller find_caller();

}  // namespace sendmail
