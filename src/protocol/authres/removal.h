#pragma once
// Fields that say in our name what we have not said. RFC 8601 §5: a server that lets a message in removes them, as
// whoever reads it later believes what bears our name.
//
// Hostile: a field that cannot be read to its end may still be believed by a reader who is less strict. So only the
// name in front decides, and a field in which no name can be found is removed too.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace authres {

/// In whose name we speak: our host name, and the names of servers whose word counts here.
struct Ourselves {
    std::vector<std::string> authserv_ids;

    bool has(std::string_view authserv_id) const;  // ASCII case, and blanks at the ends, do not count
};

/// Whether the value of an Authentication-Results field is to go.
bool is_forged(std::string_view value, const Ourselves& ourselves);

/// A message that streams by, without such fields, everything else octet for octet.
///
/// Memory is bounded: of a field of this name no more than longest_held octets are kept until it is decided; one that
/// is longer is removed, as nobody writes such.
/// Hostile: "Authentication-Results" and the colon on the next line is no field, and some may read it as one.
class Removal {
public:
    static constexpr std::size_t longest_held = 64 * 1024;

    /// `unwanted`: names of further fields that are removed, whatever they say.
    explicit Removal(Ourselves ourselves, std::vector<std::string> unwanted = {})
        : ourselves_(std::move(ourselves)), unwanted_(std::move(unwanted)) {}

    /// Pieces of the message, in order; then finish(). What is kept is appended to `out`.
    void add(std::string_view piece, std::string& out);
    void finish(std::string& out);

    std::size_t removed() const { return removed_; }  // fields

private:
    enum class Field : std::uint8_t { Kept, Held, Dropped };

    void take_in_header(std::string_view part, std::string& out);
    void begin_line(std::string& out);
    void begin_field(Field as, std::string& out);
    void append(std::string_view text, std::string& out);
    void end_field(std::string& out);

    Ourselves ourselves_;
    std::vector<std::string> unwanted_;
    std::string start_;  // of a line, until it is known what it is
    std::string held_;   // of the field that may have to go
    Field field_ = Field::Kept;
    bool at_line_start_ = true;
    bool in_body_ = false;
    std::size_t removed_ = 0;
};

/// A header without them.
std::string without_forged(std::string_view header, const Ourselves& ourselves);

}  // namespace authres
