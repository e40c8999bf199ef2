#include "dns/name.h"

#include "dns/record.h"
#include "fuzz.h"

// A name that is printed reads back the same and keeps to the limits; a type and a value likewise.
FUZZ(text) {
    if (const auto name = dns::parse_name(text)) {
        VERIFY(name->wire().size() <= dns::longest_name);
        VERIFY(dns::parse_name(dns::to_text(*name)) == name);
        VERIFY(name->is_below(name->parent()) && name->is_below(*name));
        if (!name->is_root()) VERIFY(name->parent().child(name->first_label()) == name);
    }
    for (const auto type :
         {dns::Type::A, dns::Type::Aaaa, dns::Type::Mx, dns::Type::Cname, dns::Type::Tlsa, dns::Type(999)})
        if (const auto value = dns::parse_value(type, text))
            VERIFY(dns::parse_value(type, dns::to_text(*value)) == value);
    if (const auto type = dns::parse_type(text)) VERIFY(dns::parse_type(dns::to_text(*type)) == type);
}
