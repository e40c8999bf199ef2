#pragma once
// What a message is made of, as far as the next hop cares: 8-bit octets (RFC 6152), UTF-8 in the header (RFC 6532), the
// longest line (RFC 5322 §2.1.1), and octets that no mail may contain outside BINARYMIME.
//
// Fed piece by piece while the message streams by; memory is constant.

#include <cstddef>
#include <string_view>

namespace mime {

class Composition {
public:
    void add(std::string_view piece);

    bool has_8bit_header() const { return has_8bit_header_; }
    bool has_8bit_body() const { return has_8bit_body_; }
    bool has_8bit() const { return has_8bit_header_ || has_8bit_body_; }
    bool has_nul() const { return has_nul_; }
    bool has_bare_line_end() const { return has_bare_ || after_cr_; }  // CR or LF alone
    std::size_t longest_line() const;                                  // without its line end
    std::size_t size() const { return size_; }

private:
    void add_to_line(std::string_view octets);
    void end_line();

    bool in_header_ = true;
    bool after_cr_ = false;
    bool has_8bit_header_ = false;
    bool has_8bit_body_ = false;
    bool has_nul_ = false;
    bool has_bare_ = false;
    std::size_t line_ = 0;
    std::size_t longest_ = 0;
    std::size_t size_ = 0;
};

}  // namespace mime
