#pragma once
// `hermod account app-password`: passwords for single programs.

#include <string>
#include <vector>

#include "account/desk.h"
#include "account/family.h"

namespace account {

class AppPasswordRequest {
public:
    CLI::App* add_to(CLI::App& app);
    Result<> run() const;

private:
    Result<> add() const;
    Result<> list() const;
    Result<> remove() const;

    Family family_;
    std::string account_;
    std::string name_;
    std::vector<std::string> uses_;
    std::string expiry_;
    const CLI::App* add_ = nullptr;
    const CLI::App* list_ = nullptr;
};

}  // namespace account
