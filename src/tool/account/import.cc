#include "account/import.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "account/changes.h"
#include "config/node.h"
#include "config/quantity.h"
#include "lang/try.h"
#include "passwords/hash.h"
#include "text/escape.h"

namespace account {
namespace {

namespace json = boost::json;

constexpr std::size_t lines_of_a_transaction = 5'000;
constexpr std::size_t longest_line = 1024 * 1024;
constexpr std::size_t most_problems_told = 100;

using AddLine = std::function<Result<>(const json::object& line)>;

/// What stands under a key that must be a text; empty where it is missing.
Result<std::string> text_at(const json::object& line, std::string_view key) {
    const auto* value = line.if_contains(key);
    if (!value) return std::string();
    if (!value->is_string()) return refuse(no, fmt::format("{} is no text", key));
    return std::string(value->as_string());
}

Result<> only_keys(const json::object& line, std::initializer_list<std::string_view> known) {
    for (const auto& member : line)
        if (std::ranges::find(known, std::string_view(member.key())) == known.end())
            return refuse(no, config::toml_string(member.key()) + " is no key that is known here");
    return {};
}

class Import {
public:
    Import(Desk& desk, std::string file, const AddLine& add) : desk_(desk), file_(std::move(file)), add_(add) {}

    Result<> run(std::istream& in, bool json) {
        TRY(told(desk_.database().begin()));
        auto result = read(in);
        if (result) result = told(desk_.database().commit());
        if (!result) {
            desk_.database().roll_back();
            return result;
        }
        print(json ? fmt::format("{{\"added\": {}, \"failed\": {}}}\n", added_, failed_)
                   : fmt::format("{} added, {} not\n", added_, failed_));
        if (failed_ > 0) return refuse(no, "some lines were passed over");
        return {};
    }

private:
    Result<> read(std::istream& in) {
        std::string line;
        while (std::getline(in, line)) {
            ++number_;
            if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
            auto result = add(line);
            if (!result && result.error().status == temporary) return result;
            if (result)
                ++added_;
            else
                complain(result.error().text);
            if (number_ % lines_of_a_transaction != 0) continue;
            TRY(told(desk_.database().commit()));
            TRY(told(desk_.database().begin()));
        }
        return {};
    }

    Result<> add(const std::string& line) {
        if (line.size() > longest_line) return refuse(no, "this line is too long");
        boost::system::error_code error;
        const auto value = json::parse(line, error);
        if (error || !value.is_object()) return refuse(no, "is no JSON object");
        return add_(value.as_object());
    }

    void complain(const std::string& problem) {
        if (++failed_ <= most_problems_told)
            fmt::print(stderr, "{}:{}: {}\n", text::escaped(file_), number_, text::escaped(problem));
    }

    Desk& desk_;
    std::string file_;
    const AddLine& add_;
    std::size_t number_ = 0;
    std::uint64_t added_ = 0;
    std::uint64_t failed_ = 0;
};

/// The file is opened before the desk may become another user.
Result<> import(const std::string& configuration, const std::string& file, bool json,
                const std::function<AddLine(Desk&)>& adder) {
    std::ifstream opened;
    if (file != "-") {
        opened.open(file, std::ios::binary);
        if (!opened) return refuse(misused, fmt::format("{}: {}", file, std::strerror(errno)));
    }
    const auto desk = TRY(Desk::open(configuration, Desk::For::Writing));
    const auto add = adder(*desk);
    std::ios::sync_with_stdio(false);
    return Import(*desk, file, add).run(file == "-" ? std::cin : opened, json);
}

Result<> added(const std::string& name, std::expected<void, accounts::Error> result) {
    if (!result && result.error().code == accounts::Error::Code::Exists)
        return refuse(no, name + " is in the directory already");
    return told(std::move(result));
}

/// Or nothing of it, if mail would go round.
Result<> unless_round(Desk& desk, const std::string& entrance, const std::function<Result<>()>& change) {
    auto& connection = desk.database().connection();
    TRY(told(connection.run("SAVEPOINT line")));
    auto result = change();
    if (result) result = desk.find_circles({entrance});
    if (!result) TRY(told(connection.run("ROLLBACK TO line")));
    TRY(told(connection.run("RELEASE line")));
    return result;
}

Result<std::uint64_t> quota_at(const json::object& line) {
    const auto* value = line.if_contains("quota");
    if (!value) return 0;
    if (value->is_int64() && value->as_int64() >= 0) return static_cast<std::uint64_t>(value->as_int64());
    const auto octets = value->is_string() ? config::parse_octets(std::string_view(value->as_string())) : std::nullopt;
    if (!octets) return refuse(no, "quota is no size; write \"500MB\"");
    return *octets;
}

class AddAccount {
public:
    explicit AddAccount(Desk& desk) : desk_(&desk) {}

    Result<> operator()(const json::object& line) {
        TRY(only_keys(line, {"address", "quota", "disabled", "hash", "created"}));
        const auto address = TRY(text_at(line, "address"));
        const auto name = TRY(named(address));
        const auto hash = TRY(text_at(line, "hash"));
        if (!hash.empty())
            if (auto flaw = passwords::flaw_of(hash); !flaw.empty()) return refuse(no, "the hash " + flaw);
        const auto* disabled = line.if_contains("disabled");
        if (disabled && !disabled->is_bool()) return refuse(no, "disabled is neither true nor false");
        const auto quota = TRY(quota_at(line));
        TRY(added(name, desk_->database().add(accounts::Account{.address = name,
                                                                .quota = quota,
                                                                .is_disabled = disabled && disabled->as_bool(),
                                                                .created = desk_->now()})));
        if (!hash.empty())
            static_cast<void>(
                TRY(told(desk_->database().set_password(name, accounts::Credentials{.hash = hash}, desk_->now()))));
        return {};
    }

private:
    /// Domains come many times in a row.
    Result<std::string> named(const std::string& text) {
        auto name = TRY(account_name(text));
        if (domain_of(name) == domain_ && !has_list_) return name;
        name = TRY(new_account_name(*desk_, text));
        domain_ = domain_of(name);
        has_list_ = desk_->book().configured().domains().contains(domain_);
        return name;
    }

    Desk* desk_;
    std::string domain_;
    bool has_list_ = false;
};

}  // namespace

Result<> import_domains(const std::string& configuration, const std::string& file, bool json) {
    return import(configuration, file, json, [](Desk& desk) {
        return [&desk](const json::object& line) -> Result<> {
            TRY(only_keys(line, {"domain", "catch_all", "same_as", "delimiters", "created"}));
            accounts::Domain settings{
                .name = {}, .same_as = TRY(text_at(line, "same_as")), .catch_all = TRY(text_at(line, "catch_all"))};
            if (line.contains("delimiters")) settings.delimiters = TRY(text_at(line, "delimiters"));
            const auto written = TRY(text_at(line, "domain"));
            const auto domain = TRY(new_domain(desk, written, settings));
            const auto add = [&] { return added(domain.name, desk.database().add(domain)); };
            if (domain.same_as.empty() && domain.catch_all.empty()) return add();
            return unless_round(desk, "anybody@" + domain.name, add);
        };
    });
}

Result<> import_aliases(const std::string& configuration, const std::string& file, bool json) {
    return import(configuration, file, json, [](Desk& desk) {
        return [&desk](const json::object& line) -> Result<> {
            TRY(only_keys(line, {"alias", "targets", "created"}));
            const auto written = TRY(text_at(line, "alias"));
            const auto name = TRY(new_alias_name(desk, written));
            const auto* listed = line.if_contains("targets");
            if (!listed || !listed->is_array() || listed->as_array().empty()) return refuse(no, "targets is no list");
            std::vector<std::string> texts;
            for (const auto& target : listed->as_array()) {
                if (!target.is_string()) return refuse(no, "a target is no text");
                texts.emplace_back(target.as_string());
            }
            const accounts::Alias alias{.name = name, .targets = TRY(new_targets(texts)), .created = desk.now()};
            return unless_round(desk, name, [&] { return added(name, desk.database().add(alias)); });
        };
    });
}

Result<> import_accounts(const std::string& configuration, const std::string& file, bool json) {
    return import(configuration, file, json, [](Desk& desk) -> AddLine { return AddAccount(desk); });
}

}  // namespace account
