#pragma once
// Fields that say in our name what we have not said. RFC 8601 §5: a server that lets a message in removes them, as
// whoever reads it later believes what bears our name.
//
// Hostile: a field that cannot be read to its end may still be believed by a reader who is less strict. So only the
// name in front decides, and a field in which no name can be found is removed too.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace authres {

/// In whose name we speak: our host name, and the names of servers whose word counts here.
struct Ourselves {
    std::vector<std::string> authserv_ids;

    bool has(std::string_view authserv_id) const;  // ASCII case, and blanks at the ends, do not count
};

/// Whether the value of an Authentication-Results field is to go.
bool is_forged(std::string_view value, const Ourselves& ourselves);

/// The header without such fields, everything else octet for octet; `removed` hears the value of each.
std::string without_forged(std::string_view header, const Ourselves& ourselves,
                           const std::function<void(std::string_view value)>& removed = {});

}  // namespace authres
