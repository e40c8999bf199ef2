#include "spf/error.h"

namespace spf {

std::string_view describe(Error::Code code) {
    switch (code) {
        case Error::Code::NotSpf: return "not an SPF record";
        case Error::Code::BadCharacter: return "a character outside printable ASCII";
        case Error::Code::UnknownTerm: return "neither a mechanism nor a modifier";
        case Error::Code::UnexpectedValue: return "a value where none belongs";
        case Error::Code::MissingDomain: return "no domain name where one is needed";
        case Error::Code::BadDomain: return "not a domain name";
        case Error::Code::BadMacro: return "not a macro";
        case Error::Code::BadAddress: return "not an address";
        case Error::Code::BadPrefixLength: return "not a prefix length";
        case Error::Code::BadModifier: return "not a modifier";
        case Error::Code::RepeatedModifier: return "a modifier twice that may stand once";
    }
    return "";
}

}  // namespace spf
