#include "drop/letter.h"

#include <sys/random.h>

#include "drop/envelope.h"
#include "drop/outbox.h"
#include "lang/try.h"
#include "lang/verify.h"
#include "text/ascii.h"
#include "text/hex.h"

namespace drop {

file::Result<void> leave_letter(const std::string& directory, const std::string& to, std::string_view text) {
    Envelope envelope;
    envelope.smtp.body = smtp::BodyType::EightBitMime;
    envelope.smtp.smtputf8 = !text::is_7bit(text) || !text::is_7bit(to);
    envelope.smtp.recipients.push_back({.address = to, .original_recipient = {}});
    auto outbox = TRY(Outbox::open(directory));
    TRY(outbox.write(to_text(envelope)));
    TRY(outbox.write(text));
    return outbox.commit();
}

std::string unique_name() {
    char octets[12];
    VERIFY(::getrandom(octets, sizeof octets, 0) == sizeof octets);
    return text::to_hex({octets, sizeof octets});
}

}  // namespace drop
