#include "import/qmail.h"

#include "import/qmail_parts.h"

namespace import {

Translation translate_qmail(const QmailSite& site, const Reader& named) {
    Translation out;
    out.draft.title = "qmail's files in " + site.folder;
    const QmailUsers users(site, out.report);
    translate_names(site, out);
    translate_numbers(site, out);
    translate_senders(site, out);
    translate_domains(site, users, out);
    translate_local_aliases(site, users, out);
    translate_routes(site, out);
    translate_clients(site, named, out);
    report_the_rest(site, out);
    return out;
}

}  // namespace import
