#pragma once
// Several records as one: what the first says of a name counts. One that cannot say now is not passed over.

#include <string_view>
#include <utility>
#include <vector>

#include "accounts/records.h"

namespace accounts {

class RecordsInOrder final : public Records {
public:
    /// All of them must outlive it.
    explicit RecordsInOrder(std::vector<Records*> all) : all_(std::move(all)) {}

    Found<Domain> domain(std::string_view name) override { return first(&Records::domain, name); }
    Found<Account> account(std::string_view address) override { return first(&Records::account, address); }
    Found<Alias> alias(std::string_view name) override { return first(&Records::alias, name); }

private:
    template <typename T>
    Found<T> first(Found<T> (Records::*find)(std::string_view), std::string_view name) {
        for (auto* records : all_)
            if (auto found = (records->*find)(name); !found || *found) return found;
        return std::nullopt;
    }

    std::vector<Records*> all_;
};

}  // namespace accounts
