#pragma once
// From the configuration to master's plan. Asks the system for users named hermod-smtpd, hermod-qmgr, …; where there
// are none, numbers from process.uid_base on are taken.

#include <expected>
#include <string>

#include "master/config.h"
#include "master/plan.h"

namespace master {

/// `text`: the whole configuration, as the processes will read it.
Plan make_plan(const Config& config, std::string text);

/// The folder of the directory, which commands may write before there was a server: with the owner it would have.
std::expected<void, std::string> make_directory_folder(const Plan& plan, bool privileged);
/// Likewise that of policyd.
std::expected<void, std::string> make_policy_folder(const Plan& plan, bool privileged);
/// Likewise that of mailing lists: others may open the file of their names in it, and see nothing else.
std::expected<void, std::string> make_lists_folder(const Plan& plan, bool privileged);

/// Likewise the folder for certificates, where there is to be one: for its first one.
std::expected<void, std::string> make_acme_folder(const Plan& plan, bool privileged);

}  // namespace master
