#include "keyvalue/error.h"

#include <fmt/format.h>

namespace keyvalue {

std::string_view describe(Error::Code code) {
    switch (code) {
        case Error::Code::Full: return "it is full";
        case Error::Code::Damaged: return "it is damaged";
        case Error::Code::Locked: return "it is locked by another program";
        case Error::Code::Foreign: return "it is of another kind or version";
        case Error::Code::Forbidden: return "it cannot be opened";
        case Error::Code::Absent: return "it does not exist";
        case Error::Code::Unfit: return "this has no room in it";
        case Error::Code::Failed: break;
    }
    return "it cannot be used";
}

std::string to_text(const Error& error) { return fmt::format("{} ({})", describe(error.code), error.detail); }

}  // namespace keyvalue
