#pragma once
// What may be wrong with a single value, in words that follow "… is not usable; ". Empty: nothing.

#include <string>
#include <string_view>
#include <vector>

namespace site {

std::string host_name_flaw(const std::string& name);  // empty is fine: the default is worked out
std::string absolute_path_flaw(const std::string& path);
std::string absolute_path_or_empty_flaw(const std::string& path);
std::string absolute_paths_flaw(const std::vector<std::string>& paths);
std::string relative_path_flaw(const std::string& path);      // below a home: no "..", not empty
std::string domain_pattern_flaw(const std::string& pattern);  // "example.net", ".example.net", "*"
std::string https_or_empty_flaw(const std::string& address);
std::string domain_flaw(std::string_view domain);
std::string domain_names_flaw(const std::vector<std::string>& domains);  // A-labels in lower case
std::string domain_or_empty_flaw(const std::string& domain);
std::string recipient_or_empty_flaw(const std::string& address);
std::string address_or_empty_flaw(const std::string& address);
std::string addresses_flaw(const std::vector<std::string>& addresses);
std::string user_or_empty_flaw(const std::string& name);
std::string delimiters_flaw(const std::string& characters);

}  // namespace site
