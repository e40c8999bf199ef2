#pragma once
// The addresses of all lists, one a line, in a file beside the database: that is all that the process directory needs
// to know of lists, and all that it may read of them. Whoever changes the database writes it anew.

#include <sys/stat.h>

#include <expected>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/records.h"
#include "file/disk.h"

namespace listbook {

std::string names_file(const std::string& folder);
std::string database_file(const std::string& folder);

/// In place of the file that is there, in one step.
file::Result<void> write_names(const std::string& folder, const std::vector<std::string>& addresses);

/// Read again whenever the file has changed. No file: no lists.
class Names final : public accounts::Lists {
public:
    explicit Names(std::string folder) : folder_(std::move(folder)), path_(names_file(folder_)) {}

    /// "dev", and "dev-request" and its like. In lower case.
    std::expected<bool, accounts::Error> has(std::string_view local_part, std::string_view domain) override;

    /// As whom they run: whose the folder is. Never root.
    struct Owner {
        uid_t uid = 0;
        gid_t gid = 0;
    };
    file::Result<Owner> owner() const;
    const std::string& folder() const { return folder_; }

private:
    file::Result<void> refresh();
    file::Result<void> read();

    std::string folder_;
    std::string path_;
    std::set<std::string, std::less<>> names_;
    struct timespec changed_{};
    ino_t file_ = 0;  // 0: there is none
};

}  // namespace listbook
