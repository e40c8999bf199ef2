#pragma once
// Everything known of an account but its passwords.

#include <string>

#include "account/desk.h"
#include "accounts/credentials.h"

namespace account {

Result<> show(const std::string& configuration, const std::string& name, bool json);

/// Where its mail is: DOMAIN/LOCAL below mail_directory.
std::string mail_folder(const directory::Config& config, const std::string& account);

std::string list_form(const accounts::AppPassword& password, std::int64_t now);
std::string json_form(const accounts::AppPassword& password);

}  // namespace account
