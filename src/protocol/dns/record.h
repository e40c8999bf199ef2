#pragma once
// Resource records that mail needs, as values: A, AAAA, MX, TXT, CNAME, PTR, TLSA; all others stay octets.
// RFC 1035 §3.3, RFC 3596 §2.2, RFC 6698 §2.1.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dns/name.h"
#include "ip/address.h"

namespace dns {

/// Any number is a type; these have names.
enum class Type : std::uint16_t {
    A = 1,
    Ns = 2,
    Cname = 5,
    Soa = 6,
    Ptr = 12,
    Mx = 15,
    Txt = 16,
    Aaaa = 28,
    Tlsa = 52
};
std::string to_text(Type type);  // "MX", "TYPE99" (RFC 3597 §5)
std::optional<Type> parse_type(std::string_view text);

struct Host {  // the data of A and AAAA
    ip::Address address;
    bool operator==(const Host&) const = default;
};
struct Alias {  // of CNAME and PTR (and NS)
    Name target;
    bool operator==(const Alias&) const = default;
};
struct Mx {
    std::uint16_t preference = 0;
    Name exchange;
    bool operator==(const Mx&) const = default;
};
struct Txt {
    std::vector<std::string> strings;  // each at most 255 octets
    std::string joined() const;        // as SPF, DKIM and DMARC read it
    bool operator==(const Txt&) const = default;
};
struct Tlsa {
    std::uint8_t usage = 0;
    std::uint8_t selector = 0;
    std::uint8_t matching_type = 0;
    std::string association;  // octets
    bool operator==(const Tlsa&) const = default;
};
struct Opaque {
    std::string octets;
    bool operator==(const Opaque&) const = default;
};
using Value = std::variant<Host, Alias, Mx, Txt, Tlsa, Opaque>;

struct Record {
    Name name;
    Type type = Type::A;
    std::uint32_t ttl = 0;
    Value value;
    bool operator==(const Record&) const = default;
};

/// Presentation form of the data: "10 mx.example.com", "192.0.2.1", "3 1 1 ab12…". TXT is taken whole, as one text cut
/// at 255 octets. Of other types "\# 2 abcd" (RFC 3597 §5) gives the octets; any other text is kept as it is.
std::optional<Value> parse_value(Type type, std::string_view text);
std::string to_text(const Value& value);  // for people; TXT in quotes

}  // namespace dns
