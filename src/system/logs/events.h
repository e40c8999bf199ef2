#pragma once
// Every event Hermod can write down, in one table: its name in JSON, how much it matters, and the sentence people read.
//
// A sentence names the event's keys in braces; "{lines|line}" is a number with its noun, "1 line", "2 lines". A part in
// square brackets is left out when one of its keys is missing or empty. Keys that the sentence does not name follow it
// as key=value. To add an event: an enumerator, and a row.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace logs {

enum class Severity : std::uint8_t { Notice, Warning, Alert };

enum class Event : std::uint8_t {
    // a conversation: smtpd
    Connected,
    Encrypted,
    ConnectionRefused,
    Disconnected,
    Rejected,
    // somebody has proved who he is: directory
    LoggedIn,
    // a mailbox is read: pop3d
    MailboxOpened,
    MailboxClosed,
    // a message comes in: smtpd and pickup ask, qmgr writes; and smtpd and pickup what policyd thought of it
    Accepted,
    Examined,
    NotAccepted,
    // what is thought of it: smtpd
    SenderChecked,
    Screened,
    ListSuspended,
    // a message goes out: qmgr
    AttemptStarted,
    Delivered,
    Relayed,
    Deferred,
    Failed,
    Expired,
    LoopBroken,
    Bounced,
    BounceDropped,
    DelayNotice,
    SuccessNotice,
    Removed,
    DestinationDown,
    DestinationUp,
    // an administrator's doing: qmgr
    Held,
    Released,
    RetryRequested,
    BounceRequested,
    Deleted,
    DeliveriesPaused,
    DeliveriesContinued,
    // the spool: qmgr
    SpoolRecovered,
    SpoolDamaged,
    SpoolFailed,
    SpoolFull,
    SpoolHasRoom,
    // reports and reflections: policyd
    ReportSent,
    ReportReceived,
    Reflected,
    NotReflected,
    // certificates from an authority: acmed
    CertificateIssued,
    CertificateFailed,
    CertificateRevoked,
    CertificatesRenewed,
    CertificatesKept,
    SigningKeyMade,
    SigningKeyChanged,
    SigningKeysKept,
    // the server itself: mostly master
    Started,
    Stopping,
    Stopped,
    ProcessStarted,
    ProcessReady,
    ProcessDied,
    PeerLost,
    FencesMissing,
    Reloaded,
    ReloadRefused,
    LogDropped,
    Warning,
    Alert,
};

struct Vocabulary {
    Event event;
    std::string_view name;
    Severity severity;
    std::string_view sentence;
};

// Keys: client ("192.0.2.1"), port (the client's), name (reverse DNS), local ("198.51.100.1:25"), helo, protocol
// ("ESMTP"), from (reverse-path), to (a recipient), size, recipients (their number), message_id, asked (whom at first),
// origin; phase
// ("MAIL", "RCPT", "DATA"…), code, reason; domain, identity ("mailfrom", "helo"), result ("softfail"); sender (the
// reverse-path of an attempt, where it is not the message's); attempt, recipient (its place in the attempt), transport
// ("local", "remote"), destination, remote, mailbox, reply, due; bounce (a queue id, as text), original (likewise).
constexpr auto vocabulary = std::to_array<Vocabulary>({
    {Event::Connected, "connected", Severity::Notice, "connection from {client}[ ({name})][ to {local}]"},
    {Event::Encrypted, "encrypted", Severity::Notice, "{tls} with {client}[ as {name}][, {how}]"},
    {Event::ConnectionRefused, "connection_refused", Severity::Notice, "connection from {client} refused: {reason}"},
    {Event::Disconnected, "disconnected", Severity::Notice, "{client} gone[: {reason}]"},
    {Event::Rejected, "rejected", Severity::Notice,
     "{phase} refused to {client}: {code} {reason}[, from <{from}>][, to <{to}>]"},
    {Event::LoggedIn, "logged_in", Severity::Notice, "{account} logged in from {client} by {mechanism}, for {purpose}"},
    {Event::MailboxOpened, "mailbox_opened", Severity::Notice,
     "{account} reads mail from {client}, {messages|message}"},
    {Event::MailboxClosed, "mailbox_closed", Severity::Notice,
     "{account} is done, {retrieved|message} retrieved, {deleted|message} deleted"},
    {Event::Accepted, "accepted", Severity::Notice,
     "accepted from <{from}>, {size|octet}, {recipients|recipient}[, by {origin}][, Message-ID {message_id}]"},
    {Event::Examined, "examined", Severity::Notice, "examined[: {results}][; content: {content}][ - {reason}]"},
    {Event::NotAccepted, "not_accepted", Severity::Warning, "message from <{from}> not taken: {reason}"},
    {Event::SenderChecked, "sender_checked", Severity::Notice,
     "SPF of {domain} ({identity}) for {client}: {result}[ ({reason})]"},
    {Event::Screened, "screened", Severity::Notice, "found at {client}: {reason}"},
    {Event::ListSuspended, "list_suspended", Severity::Warning,
     "DNS list {zone} is not asked for the next ten minutes: it {reason}"},
    {Event::AttemptStarted, "attempt_started", Severity::Notice, "trying <{to}>[ from <{sender}>][ by {destination}]"},
    {Event::Delivered, "delivered", Severity::Notice, "delivered to <{to}>[ in {mailbox}][: {reply}]"},
    {Event::Relayed, "relayed", Severity::Notice, "handed on to {remote} for <{to}>: {reply}"},
    {Event::Deferred, "deferred", Severity::Notice, "<{to}> must wait[ until {due}][: {remote}]: {reply}"},
    {Event::Failed, "failed", Severity::Notice, "<{to}> failed[: {remote}]: {reply}"},
    {Event::Expired, "expired", Severity::Notice, "<{to}> given up after {age}: {reply}"},
    {Event::LoopBroken, "loop_broken", Severity::Warning, "loop broken[ for <{to}>]: {reason}"},
    {Event::Bounced, "bounced", Severity::Notice, "<{to}> told of the failure by message {bounce}"},
    {Event::BounceDropped, "bounce_dropped", Severity::Warning, "nobody to tell of the failure for <{to}>[: {reason}]"},
    {Event::DelayNotice, "delay_notice", Severity::Notice, "<{to}> told of the delay by message {bounce}"},
    {Event::SuccessNotice, "success_notice", Severity::Notice, "<{to}> told of the delivery by message {bounce}"},
    {Event::Removed, "removed", Severity::Notice, "finished"},
    {Event::DestinationDown, "destination_down", Severity::Notice, "{destination} rests[ until {due}]: {reason}"},
    {Event::DestinationUp, "destination_up", Severity::Notice, "{destination} answers again"},
    {Event::Held, "held", Severity::Notice, "held[: {reason}]"},
    {Event::Released, "released", Severity::Notice, "released"},
    {Event::RetryRequested, "retry_requested", Severity::Notice, "to be tried now, by request"},
    {Event::BounceRequested, "bounce_requested", Severity::Notice, "to be returned to its sender, by request"},
    {Event::Deleted, "deleted", Severity::Notice, "removed from the queue by request"},
    {Event::DeliveriesPaused, "deliveries_paused", Severity::Warning, "{transport} deliveries paused by request"},
    {Event::DeliveriesContinued, "deliveries_continued", Severity::Notice, "{transport} deliveries go on"},
    {Event::SpoolRecovered, "spool_recovered", Severity::Notice, "{messages|message} in the queue"},
    {Event::SpoolDamaged, "spool_damaged", Severity::Alert, "damage in the queue: {reason}"},
    {Event::SpoolFailed, "spool_failed", Severity::Alert, "the queue cannot be written: {reason}"},
    {Event::SpoolFull, "spool_full", Severity::Alert, "no room in the queue: new messages are refused for now"},
    {Event::SpoolHasRoom, "spool_has_room", Severity::Notice, "room in the queue again"},
    {Event::ReportSent, "report_sent", Severity::Notice,
     "report of DMARC about {domain} sent, {messages|message}, to {recipients|recipient}"},
    {Event::ReportReceived, "report_received", Severity::Notice,
     "report of DMARC about {domain} read, {records|record}, by {organization}[, {report}]"},
    {Event::Reflected, "reflected", Severity::Notice, "<{from}> answered by <{to}> with what was seen of his message"},
    {Event::NotReflected, "not_reflected", Severity::Notice,
     "<{from}> not answered by <{to}>[, for {client}]: {reason}"},
    {Event::CertificateIssued, "certificate_issued", Severity::Notice, "certificate for {names}, good until {until}"},
    {Event::CertificateFailed, "certificate_failed", Severity::Warning,
     "no new certificate: {reason}[; next attempt {due}]"},
    {Event::CertificateRevoked, "certificate_revoked", Severity::Notice, "certificate for {names} revoked"},
    {Event::CertificatesRenewed, "certificates_renewed", Severity::Notice,
     "the files of certificates have changed: clients are shown the new ones"},
    {Event::CertificatesKept, "certificates_kept", Severity::Alert,
     "the files of certificates have changed, and cannot be used; clients are shown those of before: {reason}"},
    {Event::SigningKeyMade, "signing_key_made", Severity::Warning,
     "a new key for signatures waits until this is published: {name} TXT \"{record}\""},
    {Event::SigningKeyChanged, "signing_key_changed", Severity::Notice, "the key of signatures {name} {step}"},
    {Event::SigningKeysKept, "signing_keys_kept", Severity::Alert,
     "the keys of signatures cannot be looked after, and are used as they were: {reason}"},
    {Event::Started, "started", Severity::Notice, "Hermod {version} started[ as {hostname}]"},
    {Event::Stopping, "stopping", Severity::Notice, "stopping[: {reason}]"},
    {Event::Stopped, "stopped", Severity::Notice, "stopped"},
    {Event::ProcessStarted, "process_started", Severity::Notice, "{role}/{index} started, pid {pid}"},
    {Event::ProcessReady, "process_ready", Severity::Notice, "{role}/{index} ready"},
    {Event::ProcessDied, "process_died", Severity::Alert, "{role}/{index}, pid {pid}, died: {reason}"},
    {Event::PeerLost, "peer_lost", Severity::Warning, "{peer} lost: {reason}"},
    {Event::FencesMissing, "fences_missing", Severity::Warning, "runs without: {fences}"},
    {Event::Reloaded, "reloaded", Severity::Notice, "configuration reloaded[; needs a restart: {restart}]"},
    {Event::ReloadRefused, "reload_refused", Severity::Alert, "configuration not reloaded: {reason}"},
    {Event::LogDropped, "log_dropped", Severity::Warning, "{lines|line} of this log could not be written"},
    {Event::Warning, "warning", Severity::Warning, "{reason}"},
    {Event::Alert, "alert", Severity::Alert, "{reason}"},
});

constexpr const Vocabulary& about(Event event) { return vocabulary[std::to_underlying(event)]; }

static_assert([] {
    for (std::size_t i = 0; i < vocabulary.size(); ++i)
        if (std::to_underlying(vocabulary[i].event) != i) return false;
    return vocabulary.back().event == Event::Alert;
}());

}  // namespace logs
