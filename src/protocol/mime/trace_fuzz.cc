#include "mime/trace.h"

#include "fuzz.h"
#include "mime/header.h"

// Whatever strangers choose, each field is one field, and the clauses in it are ours.
FUZZ(outside) {
    const auto half = outside.size() / 2;
    mime::Received received;
    received.helo = outside.substr(0, half);
    received.client_name = outside.substr(half);
    received.client = ip::v4(1);
    received.tls = outside;
    received.recipient = outside;
    received.by = "mail.example.org";
    for (const auto& field : {mime::received_field(received), mime::return_path_field(outside),
                              mime::delivered_to_field(outside), mime::fold_field("Subject", outside)}) {
        mime::FieldScanner fields(field);
        VERIFY(fields.next().has_value());
        VERIFY(!fields.next() && fields.offset() == field.size());
        VERIFY(field.ends_with("\r\n") && field.find('\0') == std::string::npos);
    }
    const auto text = mime::unfold(mime::received_field(received));
    VERIFY(text.ends_with("; Thu, 1 Jan 1970 00:00:00 +0000"));
}
