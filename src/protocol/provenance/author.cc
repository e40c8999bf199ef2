#include "provenance/author.h"

#include <fmt/format.h>

#include <algorithm>

#include "dns/name.h"
#include "mime/apparent.h"
#include "text/idna.h"

namespace provenance {
namespace {

Author nobody(std::string problem) { return {.domain = {}, .mailboxes = {}, .problem = std::move(problem)}; }

/// Passed over here, and perhaps not by others.
bool may_be_read_as_from(const mime::Field& field) { return mime::may_be_read_as("From", field); }

/// An encoded word in an address is no address, but may be shown as one.
bool has_encoded_word(std::string_view addr_spec) { return addr_spec.contains("=?"); }

}  // namespace

std::string domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos) return {};
    const auto domain = text::to_a_labels(address.substr(at + 1));
    return domain && dns::parse_name(*domain) ? *domain : std::string();
}

Author author_of(const dkim::Header& header) {
    const auto fields = header.named("From");
    if (fields.empty()) return nobody("there is no From");
    if (fields.size() > 1) return nobody("From stands there more than once");
    if (std::ranges::any_of(header.fields(), may_be_read_as_from))
        return nobody("a line that is no field may be read as From");
    auto mailboxes = mime::parse_address_list(fields[0]->value);
    if (!mailboxes) return nobody(fmt::format("From cannot be read: {}", describe(mailboxes.error().code)));
    if (mailboxes->empty()) return nobody("From names nobody");
    Author author;
    for (const auto& mailbox : *mailboxes) {
        const auto domain = domain_of(mailbox.addr_spec);
        if (domain.empty() || has_encoded_word(mailbox.addr_spec))
            return nobody("From has an address without a domain");
        if (!author.domain.empty() && author.domain != domain) return nobody("From names authors of several domains");
        author.domain = domain;
    }
    author.mailboxes = *std::move(mailboxes);
    return author;
}

}  // namespace provenance
