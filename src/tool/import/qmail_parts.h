#pragma once
// The parts of the translation of qmail's files; translate_qmail() calls them in this order.

#include "import/qmail.h"
#include "import/qmail_users.h"

namespace import {

/// me, helohost, smtpgreeting, default…, doublebounceto…, defaultdelivery.
void translate_names(const QmailSite& site, Translation& out);
/// databytes, queuelifetime, concurrency…, timeout….
void translate_numbers(const QmailSite& site, Translation& out);
/// locals, virtualdomains, rcpthosts, morercpthosts, percenthack, localiphost.
void translate_domains(const QmailSite& site, const QmailUsers& users, Translation& out);
/// ~alias/.qmail-… and users/assign, in the domains of system users.
void translate_local_aliases(const QmailSite& site, const QmailUsers& users, Translation& out);
/// smtproutes.
void translate_routes(const QmailSite& site, Translation& out);
/// tcp.smtp and spamdyke.conf: who may relay, and limits.
void translate_clients(const QmailSite& site, const Reader& named, Translation& out);
/// spf…, srs_….
void translate_senders(const QmailSite& site, Translation& out);
/// What is in the control directory and has no counterpart.
void report_the_rest(const QmailSite& site, Translation& out);

/// The host's name, lower case; empty: there is none that is one.
std::string host_of(const QmailSite& site);

}  // namespace import
