#pragma once
// The directory as a server reads it, for as long as it runs: opened when it is there, again when another file has
// taken its place, and after every failure. What cannot be read now is an error, never "no".

#include <sys/stat.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/database.h"
#include "accounts/keeper.h"
#include "accounts/records.h"

namespace accounts {

class Reader final : public Records, public Keeper {
public:
    /// Told when it fails after it went well, once: why.
    using OnTrouble = std::function<void(const std::string& why)>;

    Reader(std::string path, OnTrouble on_trouble);

    Found<Domain> domain(std::string_view name) override {
        return look_up<Domain>([&](Database& database) { return database.domain(name); });
    }
    Found<Account> account(std::string_view address) override {
        return look_up<Account>([&](Database& database) { return database.account(address); });
    }
    Found<Alias> alias(std::string_view name) override {
        return look_up<Alias>([&](Database& database) { return database.alias(name); });
    }

    Found<Credentials> credentials(std::string_view account) override {
        return look_up<Credentials>([&](Database& database) { return database.credentials(account); });
    }
    /// At most once in some minutes for each: it is a write to the disk.
    void note_use(const AppPassword& password, std::int64_t now) override;

    /// nullptr: there is no directory, and there was none before.
    std::expected<Database*, Error> database();

private:
    template <typename T, typename Ask>
    Found<T> look_up(const Ask& ask) {
        auto database = this->database();
        if (!database) return failed(std::move(database).error());
        if (!*database) return std::nullopt;
        auto found = ask(**database);
        if (!found) return failed(std::move(found).error());
        is_in_trouble_ = false;
        return found;
    }
    std::unexpected<Error> failed(Error error);
    std::expected<Database*, Error> open(const struct stat& file);

    std::string path_;
    OnTrouble on_trouble_;
    std::unique_ptr<Database> database_;
    dev_t device_ = 0;  // of the file that is open, or was
    ino_t file_ = 0;    // 0: there was none yet
    bool is_in_trouble_ = false;
};

}  // namespace accounts
