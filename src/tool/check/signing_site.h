#pragma once
// What the commands about our own signatures read: [dkim] and where keys are kept.

#include <expected>
#include <memory>
#include <string>

#include "config/parse.h"
#include "signing_keys/folder.h"
#include "site/dkim.h"

namespace check {

struct SigningSite {
    std::string hostname;
    site::Dkim dkim;
    std::string folder;  // of keys

    signing_keys::Terms terms() const;
};

/// What is wrong with the configuration, in words.
std::expected<SigningSite, std::string> signing_site_in(const config::Document& document);
/// The same of a file.
std::expected<SigningSite, std::string> signing_site(const std::string& configuration);

/// The folder, made where there is none. The error is for an administrator.
std::expected<signing_keys::Folder, std::string> make_key_folder(const SigningSite& site);
/// Absent: no key was ever made.
std::expected<std::optional<signing_keys::Folder>, std::string> open_key_folder(const SigningSite& site);

}  // namespace check
