#pragma once
// A folder for a test's database, gone with the test.

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "accounts/database.h"
#include "lang/verify.h"

namespace accounts::testing {

class Folder {
public:
    Folder() {
        std::string place = (std::filesystem::temp_directory_path() / "hermod-accounts-XXXXXX").string();
        VERIFY(::mkdtemp(place.data()) != nullptr);
        path_ = place;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string file() const { return path_ + "/directory.db"; }
    std::unique_ptr<Database> open() const {
        auto opened = Database::open(file(), Connection::Missing::IsCreated, std::chrono::seconds(10));
        VERIFY(opened.has_value());
        return *std::move(opened);
    }

private:
    std::string path_;
};

}  // namespace accounts::testing
