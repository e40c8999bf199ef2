#pragma once
// Content-Transfer-Encoding undone, for who reads: nothing is refused, and what a mail program would show comes out.
// RFC 2045 §6. Strict, for who changes a body: decode.h.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace mime {

/// The octets of a body, piece by piece, as they come out. Of base64 and quoted-printable what is neither is passed
/// over; other encodings are none.
void decode_transfer(std::string_view body, std::string_view encoding,
                     const std::function<void(std::string_view)>& take);

/// At most `most` octets of it.
std::string decode_transfer(std::string_view body, std::string_view encoding, std::size_t most);

}  // namespace mime
