#pragma once
// Where the lists of this server are: the folder "lists" below data_directory, which belongs to the user that lists run
// as. Who changes something becomes that user first.

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "account/desk.h"
#include "listbook/database.h"
#include "site/dkim.h"

namespace list {

using account::refuse;
using account::Result;

template <typename T>
Result<T> known(listbook::Result<T> result) {
    using Code = listbook::Error::Code;
    if (!result) {
        const auto code = result.error().code;
        const int status = code == Code::Exists || code == Code::Forbidden ? 1 : code == Code::Newer ? 2 : 75;
        return refuse(status, "the lists: " + accounts::to_text(result.error()));
    }
    if constexpr (std::is_void_v<T>)
        return {};
    else
        return *std::move(result);
}

class Place {
public:
    enum class For : std::uint8_t { Reading, Writing };
    static Result<Place> open(const std::string& configuration, For purpose);

    listbook::Database& database() { return *database_; }
    const std::string& hostname() const { return hostname_; }
    const std::string& folder() const { return folder_; }
    std::int64_t now() const;
    /// Whether mail with this address in From is signed (DKIM).
    bool is_signed_for(const std::string& address) const;
    /// "Dev@L.example"; the error: there is no such list.
    Result<listbook::Entry> find(const std::string& address);
    /// All that `change` does, or nothing; and the names of all lists made known.
    Result<> commit(const std::function<Result<>()>& change);

private:
    Place() = default;

    std::string hostname_;
    std::string folder_;
    site::Dkim dkim_;
    std::unique_ptr<listbook::Database> database_;
};

}  // namespace list
