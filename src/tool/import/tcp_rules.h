#pragma once
// The rules of tcpserver, as tcprules(1) reads them: "192.0.2.:allow,RELAYCLIENT=\"\"". The longest address counts.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "import/lines.h"
#include "import/networks.h"

namespace import {

struct TcpRule {
    std::string address;
    bool is_allowed = true;
    std::vector<std::pair<std::string, std::string>> variables;
    Origin origin;

    const std::string* find(std::string_view name) const;
};
std::vector<TcpRule> parse_tcp_rules(const File& file, Report& report);

/// Who may relay by them. What else they say is reported.
Networks relay_clients(const std::vector<TcpRule>& rules, Report& report);

}  // namespace import
