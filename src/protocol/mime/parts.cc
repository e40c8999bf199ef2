#include "mime/parts.h"

#include <algorithm>
#include <vector>

#include "mime/content_type.h"
#include "mime/header.h"
#include "text/ascii.h"

namespace mime {
namespace {

constexpr std::size_t longest_boundary = 200;  // RFC 2046 §5.1.1 has 70

/// In the wild: types that keep to no grammar. What stands behind "name=", quoted or not.
std::string loose_parameter(std::string_view value, std::string_view name) {
    const auto lowered = text::lower(value);
    const auto at = lowered.find(name);
    if (at == lowered.npos) return {};
    auto rest = value.substr(at + name.size());
    const bool is_quoted = rest.starts_with('"');
    if (is_quoted) rest.remove_prefix(1);
    return std::string(rest.substr(0, rest.find_first_of(is_quoted ? "\"\r\n" : "; \t\r\n")));
}

/// A message, or what stands for one that is elsewhere (RFC 2046 §5.2.1, §5.2.3; RFC 6532 §3.7).
bool is_message(std::string_view type) {
    return type == "message/rfc822" || type == "message/external-body" || type == "message/global";
}

struct Kind {
    std::string type = "text/plain";
    std::string charset;
    std::string boundary;
    std::string name;
};

Kind kind_of(std::string_view value) {
    value = value.substr(0, 4096);
    Kind kind;
    if (const auto type = parse_content_type(value)) {
        kind.type = type->type + '/' + type->subtype;
        kind.charset = type->parameter("charset");
        kind.boundary = type->parameter("boundary");
        kind.name = type->parameter("name");
        return kind;
    }
    const auto trimmed = unfold(value);
    kind.type =
        text::lower(std::string_view(trimmed).substr(0, std::min<std::size_t>(trimmed.find_first_of("; \t"), 60)));
    if (!kind.type.contains('/') || kind.type.starts_with('/') || kind.type.ends_with('/')) kind.type = "text/plain";
    kind.charset = loose_parameter(value, "charset=");
    kind.boundary = loose_parameter(value, "boundary=");
    kind.name = loose_parameter(value, "name=");
    return kind;
}

class Walk {
public:
    Walk(std::string_view message, const std::function<void(const Part&)>& take) : message_(message), take_(take) {}

    void run() {
        begin_part(0, false);
        while (at_ < message_.size() && parts_ < most_parts) {
            const auto end = std::min(message_.find('\n', at_), message_.size());
            const auto line = message_.substr(at_, end - at_);
            const auto next = std::min(end + 1, message_.size());
            if (line.starts_with("--") && meet_delimiter(line.substr(2), next)) continue;
            at_ = next;
        }
        end_body(message_.size());
        leave(0, message_.size());
    }

private:
    struct Boundary {
        std::string text;
        bool is_of_digest = false;  // its parts are messages unless they say otherwise (RFC 2046 §5.1.5)
        Part whole = {};            // the part that it divides
        std::size_t body = 0;
        bool has_parts = false;
    };

    /// A header begins here; at_ is behind it afterwards.
    void begin_part(std::size_t begin, bool is_in_digest, std::size_t embedded = 0) {
        ++parts_;
        part_ = {};
        part_.is_first = parts_ == 1;
        part_.header = take_header(begin);
        body_ = at_;
        is_open_ = true;
        const auto field = [&](std::string_view name) {
            const auto found = find_field(part_.header, name);
            return found ? found->value : std::string_view();
        };
        auto kind = Kind();
        if (is_in_digest) kind.type = "message/rfc822";
        if (const auto type = field("Content-Type"); !type.empty()) kind = kind_of(type);
        part_.type = kind.type;
        part_.charset = kind.charset;
        part_.encoding = text::lower(unfold(field("Content-Transfer-Encoding").substr(0, 100)));
        part_.file_name =
            kind.name.empty() ? loose_parameter(field("Content-Disposition").substr(0, 1000), "filename=") : kind.name;
        enter(kind, embedded);
    }

    /// It ends at an empty line, or where a part ends. at_ is behind it afterwards.
    std::string_view take_header(std::size_t begin) {
        at_ = begin;
        while (at_ < message_.size()) {
            const auto end = std::min(message_.find('\n', at_), message_.size());
            const auto line = message_.substr(at_, end - at_);
            const auto header = message_.substr(begin, at_ - begin);
            if (line.starts_with("--") && delimits(line.substr(2)).depth > 0) return header;
            at_ = std::min(end + 1, message_.size());
            if (line.empty() || line == "\r") return header;
        }
        return message_.substr(begin);
    }

    /// What has parts of its own is told with no body; of a multipart that depends on what comes.
    void enter(const Kind& kind, std::size_t embedded) {
        const bool is_divided = kind.type.starts_with("multipart/") && !kind.boundary.empty() &&
                                kind.boundary.size() <= longest_boundary && boundaries_.size() < deepest_part;
        if (is_divided) {
            boundaries_.push_back({.text = kind.boundary,
                                   .is_of_digest = kind.type == "multipart/digest",
                                   .whole = part_,
                                   .body = body_});
            is_open_ = false;
        } else if (is_message(kind.type) && embedded < deepest_part && part_.encoding != "base64") {
            tell_whole(part_);
            begin_part(at_, false, embedded + 1);
        }
    }

    void tell_whole(Part whole) {
        whole.has_parts = true;
        whole.body = whole.header.substr(whole.header.size());
        take_(whole);
        is_open_ = false;
    }

    /// A multipart without a single part is a part like any other.
    void leave(std::size_t depth, std::size_t end) {
        while (boundaries_.size() > depth) {
            auto& last = boundaries_.back();
            if (!last.has_parts) {
                last.whole.body = message_.substr(last.body, end - last.body);
                take_(last.whole);
            }
            boundaries_.pop_back();
        }
    }

    void end_body(std::size_t end) {
        if (!is_open_) return;
        is_open_ = false;
        part_.body = message_.substr(body_, end - body_);
        take_(part_);
    }

    struct Delimiter {
        std::size_t depth = 0;  // of the boundary that it is of, from 1; 0: it is none
        bool is_end = false;
    };
    /// The innermost that it is one of. `text`: behind the dashes.
    Delimiter delimits(std::string_view text) const {
        for (std::size_t i = boundaries_.size(); i-- > 0;) {
            if (!text.starts_with(boundaries_[i].text)) continue;
            auto rest = text.substr(boundaries_[i].text.size());
            const bool is_end = rest.starts_with("--");
            if (is_end) rest.remove_prefix(2);
            if (rest.find_first_not_of(" \t\r") == rest.npos) return {i + 1, is_end};
        }
        return {};
    }

    /// Those within have ended too.
    bool meet_delimiter(std::string_view text, std::size_t next) {
        const auto [depth, is_end] = delimits(text);
        if (depth == 0) return false;
        end_body(at_);
        leave(is_end ? depth - 1 : depth, at_);
        at_ = next;
        if (!is_end) begin_next(boundaries_[depth - 1], next);
        return true;
    }

    void begin_next(Boundary& of, std::size_t begin) {
        if (!of.has_parts) tell_whole(of.whole);
        of.has_parts = true;
        begin_part(begin, of.is_of_digest);
    }

    std::string_view message_;
    const std::function<void(const Part&)>& take_;
    std::vector<Boundary> boundaries_;
    Part part_;
    std::size_t at_ = 0;
    std::size_t body_ = 0;
    std::size_t parts_ = 0;
    bool is_open_ = false;
};

}  // namespace

void for_each_part(std::string_view message, const std::function<void(const Part&)>& take) {
    Walk(message, take).run();
}

}  // namespace mime
