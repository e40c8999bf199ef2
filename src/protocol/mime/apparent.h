#pragma once
// What is no field, and may be shown as one by mail programs that are less strict. RFC 5322 §2.2, §4.5.

#include <string_view>

#include "mime/header.h"

namespace mime {

/// It has no name here, and may be read as a field of this one by others: "From\r\n : a@b", or a first line that
/// continues nothing.
bool may_be_read_as(std::string_view name, const Field& field);

}  // namespace mime
