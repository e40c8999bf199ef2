#pragma once
// Reading another server's files, which may be anything: a backup of unknown origin, a directory that others write to.
// Only plain files are read, of bounded size, and nothing is ever executed.
//
// Hostile: a symbolic link in the directory must not make us copy /etc/shadow into a report. Links are followed where
// they stay below the directory that they stand in.

#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "file/descriptor.h"
#include "import/lines.h"
#include "import/report.h"

namespace import {

struct FolderFile {
    std::string name;
    File file;
    bool is_executable = false;  // by anybody
};

class Folder {
public:
    /// The folder itself may be a link: whoever names it means it.
    static std::expected<Folder, std::string> open(const std::string& path);

    const std::string& path() const { return path_; }
    std::expected<FolderFile, std::string> read(const std::string& name) const;
    /// Every file whose name `is_wanted`, by name. What cannot be read is reported.
    std::vector<FolderFile> read_all(const std::function<bool(const std::string&)>& is_wanted, Report& report) const;
    /// The folder below; an error where there is none.
    std::expected<Folder, std::string> below(const std::string& name) const;

private:
    Folder(std::string path, file::Descriptor descriptor)
        : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

    std::string path_;
    file::Descriptor descriptor_;
};

/// A file that the administrator's configuration names. Here links are followed.
std::expected<File, std::string> read_named(const std::string& path);

}  // namespace import
