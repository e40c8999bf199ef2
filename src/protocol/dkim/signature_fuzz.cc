#include "dkim/signature.h"

#include "dkim/key_record.h"
#include "fuzz.h"

// What is read of a field or of a key record is within its bounds, and can be asked of the DNS as it stands; and a
// field without its signature has lost nothing else.
FUZZ(text) {
    if (const auto record = dkim::parse_key_record(text)) VERIFY(record->public_key.size() <= text.size());
    const auto tags = dkim::TagList::parse(text);
    if (tags) {
        VERIFY(!tags->tags().empty() && tags->tags().size() <= dkim::most_tags);
        for (const auto& tag : tags->tags()) {
            VERIFY(tag.begin > 0 && text[tag.begin - 1] == '=');
            VERIFY(dkim::trim_white_space(text.substr(tag.begin, tag.length)) == tag.value);
        }
    }
    const auto signature = dkim::parse_signature(text);
    if (!signature) {
        VERIFY(!dkim::describe(signature.error()).empty());
        return;
    }
    VERIFY(tags.has_value());
    VERIFY(dkim::is_domain(signature->domain) && !signature->selector.empty());
    VERIFY(dkim::is_in_domain(signature->identity.substr(signature->identity.rfind('@') + 1), signature->domain));
    VERIFY(signature->signed_fields.size() <= dkim::most_signed_fields);
    for (const auto* part : {&signature->domain, &signature->selector})
        VERIFY(part->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos);
    if (const auto question = dkim::key_question(*signature))
        VERIFY(dns::to_text(question->name) == signature->selector + "._domainkey." + signature->domain);
    // The value is of one field: folded where it has line ends, else it would be several.
    const std::string whole = "DKIM-Signature:" + std::string(text) + "\r\n";
    const auto field = mime::FieldScanner(whole).next();
    if (!field || field->value != text) return;
    const auto emptied = dkim::canonical_without_signature(dkim::Canonicalization::Simple, *field);
    VERIFY(emptied.size() == whole.size() - 2 - tags->find("b")->length);
}
