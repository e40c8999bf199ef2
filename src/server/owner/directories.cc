#include "owner/directories.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace owner {
namespace {

file::Descriptor open_directory(const char* path) {
    return file::Descriptor(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

file::Descriptor open_root() { return open_directory("/"); }

file::Descriptor open_mail_directory(process::Inheritance& given, const std::string& path) {
    if (auto inherited = given.take_directory(process::Directory::Purpose::Mail)) return inherited;
    if (!given.privileged) ::mkdir(path.c_str(), 0700);
    return open_directory(path.c_str());
}

}  // namespace owner
