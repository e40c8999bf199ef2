"""A message from a strict domain (SPF -all, DMARC p=reject) is sent on by an alias of ours, to a server that enforces both: Postfix with opendkim,
opendmarc and an SPF policy service, all of Debian's. It is taken there, and its bounce finds its author."""
import re
import socket
from pathlib import Path

import dns
import postfix
import pytest
from hermod import Client, Hermod, free_port, wait_until
from milters import OPENDKIM, OPENDMARC, RSA, Milters, make_key
from sink import Sink

PROGRAMS = [OPENDKIM, OPENDMARC, "/usr/bin/policyd-spf", "/usr/bin/openssl"]
AUTHOR, OURS, FAR, RESOLVER = "127.0.31.1", "127.0.31.2", "127.0.31.3", "127.0.31.53"

try:
    import dkim
except ImportError:
    dkim = None


def may_use_port_53() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((RESOLVER, 53))
        except OSError:
            return False
    return True


pytestmark = pytest.mark.skipif(
    not (all(Path(program).exists() for program in PROGRAMS) and postfix.is_installed() and dns.is_installed() and dkim and may_use_port_53()),
    reason="needs Postfix, opendkim, opendmarc, policyd-spf, python3-dkim, NSD and Unbound, root, and port 53")


class Key:
    def __init__(self, folder: Path):
        file, self.record = make_key(folder, "key", *RSA)
        self.private = file.read_bytes()

    def sign(self, message: bytes) -> bytes:
        return dkim.sign(message, b"sel", b"st13.example", self.private, include_headers=[b"from", b"to", b"subject"]) + message


class Enforcing:
    """The far server, and the two milters that stand in front of it."""

    def __init__(self, folder: Path, way_out: str):
        (folder / "unbound.conf").write_text(f'server:\n  do-not-query-localhost: no\n  module-config: "iterator"\n'
                                             f'forward-zone:\n  name: "."\n  forward-addr: {RESOLVER}@53\n')
        self.milters = Milters(
            folder, RESOLVER,
            dkim=f"Mode v\nAuthservID mail.st3.example\nAlwaysAddARHeader yes\nResolverConfiguration {folder}/unbound.conf\n",
            dmarc="AuthservID mail.st3.example\nTrustedAuthservIDs mail.st3.example\nRejectFailures true\nRequiredHeaders false\nSPFSelfValidate false\n")
        self.postfix = postfix.Postfix(
            "mail.st3.example", ["ann@st3.example"], relayhost=way_out, address=FAR, wrapper=self.milters.covered, settings={
                "mynetworks": "127.0.0.1/32", "smtp_bind_address": FAR, "mydestination": "boxes.st3.example",
                "virtual_alias_maps": "inline:{full@st3.example=full@boxes.st3.example}", "local_recipient_maps": "",
                "alias_maps": f"texthash:{folder}/aliases", "milter_default_action": "tempfail",
                "smtpd_milters": self.milters.address("dkim", "dmarc"),
                "smtpd_relay_restrictions": "reject_unauth_destination",
                "smtpd_recipient_restrictions": "check_policy_service unix:private/policyd-spf,permit"})
        (folder / "aliases").write_text('full: "|exit 67"\n')
        (folder / "spf.conf").write_text("HELO_reject = Fail\nMail_From_reject = Softfail\nPermError_reject = True\nTempError_Defer = True\nskip_addresses = 192.0.2.1/32\n"
                                         "debugLevel = 1\nTestOnly = 1\n")
        with open(self.postfix.folder / "etc" / "master.cf", "a") as services:
            services.write(f"policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf {folder}/spf.conf\n")

    def __enter__(self):
        self.milters.__enter__()
        self.postfix.__enter__()
        return self.postfix

    def __exit__(self, *error):
        self.postfix.__exit__(*error)
        self.milters.__exit__(*error)


def letter(recipient: str, subject: str, size: int = 100) -> bytes:
    return (f"From: Joe <joe@st13.example>\r\nTo: {recipient}\r\nSubject: {subject}\r\nDate: Sat, 28 Nov 2026 04:00:00 +0000\r\nMessage-ID: <{subject}@st13.example>\r\n\r\n"
            .encode() + b"dear ann,\r\n" * (size // 11) + b"..\r\n\r\n")


class Scene:
    def __init__(self, folder: Path, rewrite: str):
        self.key = Key(folder)
        self.author = Sink(host=AUTHOR)
        ours = free_port()
        self.enforcing = Enforcing(folder, f"[{OURS}]:{ours}")
        self.names = dns.Names({
            "st13.example": f'@ TXT "v=spf1 ip4:{AUTHOR} -all"\n_dmarc TXT "v=DMARC1; p=reject; adkim=s; aspf=s"\n@ MX 10 mail\nmail A {AUTHOR}\n'
                            f"sel._domainkey TXT ( {self.key.record} )\n",
            "st12.example": f'@ MX 10 mx\nmx A {OURS}\nmx TXT "v=spf1 a -all"\n',
            "st3.example": f"@ MX 10 mail\nmail A {FAR}\n"}, address=RESOLVER, port=53)
        self.hermod = Hermod(
            mailboxes=["u@st12.example"], hostname="mx.st12.example", domains=["st12.example"], folder=folder / "ours", address=OURS, port=ours,
            networks=(), relay=f'bind_ipv4 = "{OURS}"',
            routes=f'[[route]]\ndomain = "st3.example"\nnext_hop = "{FAR}:{self.enforcing.postfix.port}"\n'
                   f'[[route]]\ndomain = "*"\nnext_hop = "{AUTHOR}:{self.author.port}"\n',
            extra=f'[aliases]\n"away@st12.example" = ["ann@st3.example"]\n"full@st12.example" = ["full@st3.example"]\n'
                  f'[dns]\nresolver = "{RESOLVER}:53"\n[spf]\nbehavior = "reject_fail"\n[srs]\nrewrite = "{rewrite}"\n')

    def __enter__(self):
        self.names.__enter__()
        self.far = self.enforcing.__enter__()
        self.hermod.__enter__()
        return self

    def __exit__(self, *error):
        self.hermod.__exit__(*error)
        self.enforcing.__exit__(*error)
        self.names.__exit__(*error)
        self.author.close()

    def send(self, recipient: str, message: bytes):
        with Client(self.hermod.port, source=AUTHOR, host=OURS) as client:
            client.hello("mail.st13.example")
            client.deliver(message, "joe@st13.example", recipient)

    def story(self) -> str:
        return self.hermod.log_text()[-4000:] + self.far.log_text()[-4000:] + self.enforcing.milters.said()[-2000:]

    def refusals(self) -> str:
        return "\n".join(event["reply"] for event in self.hermod.events() if event["event"] == "failed")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ours").mkdir()
    for path in (tmp_path, *tmp_path.parents):
        if path != Path("/") and path.owner() == "root" and path != Path("/tmp"):
            path.chmod(path.stat().st_mode | 0o011)
    return tmp_path


def test_a_strict_message_is_taken_and_its_bounce_comes_back(folder):
    with Scene(folder, "needed") as scene:
        sent = {size: scene.key.sign(letter("away@st12.example", f"size-{size}", size)) for size in (100, 90_000)}
        for message in sent.values():
            scene.send("away@st12.example", message)
        wait_until(lambda: len(scene.far.messages("ann@st3.example")) == 2 or scene.refusals(), what="the messages at the far server")
        taken = scene.far.messages("ann@st3.example")
        assert len(taken) == 2 and not scene.refusals(), scene.story()
        for message in taken:
            head = re.sub(rb"\r?\n[ \t]+", b" ", message.split(b"\n\n")[0])
            assert re.search(rb"Return-Path: <SRS0=[^=]{4}=..=st13\.example=joe@mx\.st12\.example>", head), head
            assert re.search(rb"Received-SPF: Pass ", head), head
            assert b"dkim=pass" in head and b"dmarc=pass" in head, head
            size = int(re.search(rb"Subject: size-(\d+)", head).group(1))
            assert message.replace(b"\r\n", b"\n").endswith(sent[size].replace(b"\r\n", b"\n")), "octet for octet, signature and all"
        # It is taken, and cannot be delivered: its bounce comes to us, and from us to the author.
        scene.send("full@st12.example", scene.key.sign(letter("full@st12.example", "full")))
        wait_until(lambda: scene.author.taken, what="the bounce at its author's")
        bounce = scene.author.taken[0]
        assert (bounce.sender, bounce.recipients) == ("", ["joe@st13.example"])
        assert b"Final-Recipient: rfc822; full@" in bounce.octets and b"Reporting-MTA: dns; mail.st3.example" in bounce.octets
        wait_until(lambda: not scene.hermod.queue(), what="an empty queue")


# What the far server enforces: without rewriting SPF fails there, without a signature DMARC does.
@pytest.mark.parametrize("rewrite, is_signed, why", [("off", True, "SPF fail|[Ss]oftfail|not authorized|SPF"), ("needed", False, "DMARC")])
def test_otherwise_it_is_refused(folder, rewrite, is_signed, why):
    with Scene(folder, rewrite) as scene:
        message = letter("away@st12.example", "refused")
        scene.send("away@st12.example", scene.key.sign(message) if is_signed else message)
        wait_until(lambda: scene.author.taken, what="our notification at the author's")
        assert scene.author.taken[0].recipients == ["joe@st13.example"]
        assert re.search(why, scene.refusals()), scene.refusals()
        assert not scene.far.messages("ann@st3.example")
