#include "bayes/parts.h"

#include <algorithm>
#include <vector>

#include "mime/content_type.h"
#include "text/ascii.h"

namespace bayes {
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

struct Kind {
    std::string type = "text/plain";
    std::string charset;
    std::string boundary;
    std::string name;
};

Kind kind_of(std::string_view value) {
    value = value.substr(0, 4096);
    Kind kind;
    if (const auto type = mime::parse_content_type(value)) {
        kind.type = type->type + '/' + type->subtype;
        kind.charset = type->parameter("charset");
        kind.boundary = type->parameter("boundary");
        kind.name = type->parameter("name");
        return kind;
    }
    const auto trimmed = mime::unfold(value);
    kind.type =
        text::lower(std::string_view(trimmed).substr(0, std::min<std::size_t>(trimmed.find_first_of("; \t"), 60)));
    kind.charset = loose_parameter(value, "charset=");
    kind.boundary = loose_parameter(value, "boundary=");
    kind.name = loose_parameter(value, "name=");
    return kind;
}

class Walk {
public:
    Walk(std::string_view message, const std::function<void(const Part&)>& take) : message_(message), take_(take) {}

    void run() {
        begin_part(0);
        while (at_ < message_.size() && parts_ < most_parts) {
            const auto end = std::min(message_.find('\n', at_), message_.size());
            const auto line = message_.substr(at_, end - at_);
            const auto next = std::min(end + 1, message_.size());
            if (line.starts_with("--") && meet_delimiter(line.substr(2), next)) continue;
            at_ = next;
        }
        end_body(message_.size());
    }

private:
    /// A header begins here; at_ is behind it afterwards.
    void begin_part(std::size_t begin) {
        ++parts_;
        const auto division = mime::divide(message_.substr(begin));
        part_ = {};
        part_.is_first = parts_ == 1;
        part_.header = message_.substr(begin, division.header);
        at_ = begin + division.body;
        body_ = at_;
        is_open_ = true;
        const auto field = [&](std::string_view name) {
            const auto found = mime::find_field(part_.header, name);
            return found ? found->value : std::string_view();
        };
        auto kind = Kind();
        if (const auto type = field("Content-Type"); !type.empty()) kind = kind_of(type);
        part_.type = kind.type;
        part_.charset = kind.charset;
        part_.encoding = text::lower(mime::unfold(field("Content-Transfer-Encoding").substr(0, 100)));
        part_.file_name =
            kind.name.empty() ? loose_parameter(field("Content-Disposition").substr(0, 1000), "filename=") : kind.name;
        enter(kind);
    }

    /// What has parts of its own is told with no body.
    void enter(const Kind& kind) {
        const bool has_parts = kind.type.starts_with("multipart/") && !kind.boundary.empty() &&
                               kind.boundary.size() <= longest_boundary && boundaries_.size() < deepest_part;
        if (has_parts) {
            boundaries_.push_back(kind.boundary);
            end_body(body_);
        } else if (kind.type == "message/rfc822" && embedded_ < deepest_part && part_.encoding != "base64") {
            ++embedded_;
            end_body(body_);
            begin_part(at_);  // no deeper than `embedded_` goes
        }
    }

    void end_body(std::size_t end) {
        if (!is_open_) return;
        is_open_ = false;
        part_.body = message_.substr(body_, end - body_);
        take_(part_);
    }

    /// The innermost that it is one of; those within have ended too.
    bool meet_delimiter(std::string_view text, std::size_t next) {
        for (std::size_t i = boundaries_.size(); i-- > 0;) {
            if (!text.starts_with(boundaries_[i])) continue;
            auto rest = text.substr(boundaries_[i].size());
            const bool is_end = rest.starts_with("--");
            if (is_end) rest.remove_prefix(2);
            if (rest.find_first_not_of(" \t\r") != rest.npos) continue;
            end_body(at_);
            boundaries_.resize(is_end ? i : i + 1);
            at_ = next;
            if (!is_end) begin_part(next);
            return true;
        }
        return false;
    }

    std::string_view message_;
    const std::function<void(const Part&)>& take_;
    std::vector<std::string> boundaries_;
    Part part_;
    std::size_t at_ = 0;
    std::size_t body_ = 0;
    std::size_t parts_ = 0;
    std::size_t embedded_ = 0;
    bool is_open_ = false;
};

}  // namespace

void for_each_part(std::string_view message, const std::function<void(const Part&)>& take) {
    Walk(message, take).run();
}

}  // namespace bayes
