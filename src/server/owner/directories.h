#pragma once
// Where mailboxes are found, held open by those whose workers go there.

#include <string>

#include "file/descriptor.h"
#include "process/process.h"

namespace owner {

/// Not master's empty one: homes are everywhere.
file::Descriptor open_root();

/// Of virtual mailboxes: what master gave; a server of one user, without a master that may, makes it.
file::Descriptor open_mail_directory(process::Inheritance& given, const std::string& path);

}  // namespace owner
