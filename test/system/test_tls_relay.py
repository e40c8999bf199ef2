"""TLS with other servers: encrypted wherever it can be, in the clear only where nobody demands more, and it is written down
which it was."""
import ssl

import postfix
import pytest

from certificates import Issuer, openssl, self_signed
from hermod import Hermod, free_port, wait_until
from sink import Manners, Sink


def context_of(certificate, key, level: int = 1) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(f"DEFAULT:@SECLEVEL={level}")
    context.load_cert_chain(certificate, key)
    return context


def good(issuer) -> ssl.SSLContext:
    return context_of(*issuer.issue("localhost"))


class Way:
    """A server of ours whose mail goes to one sink; by a host name, so that there is one to verify."""

    def __init__(self, issuer, manners: Manners, next_hop: str = "localhost:{port}", tls: str = "", relay: str = ""):
        self.sink = Sink(manners)
        settings = f'tls = "{tls}"\n' if tls else ""
        route = f'[[route]]\ndomain = "*"\nnext_hop = "{next_hop.format(port=self.sink.port)}"\n{settings}'
        self.hermod = Hermod(routes=route, relay=f'families = "ipv4"\ntls_issuers = "{issuer.certificate}"\n{relay}',
                             extra='[dns]\ntable = "{folder}/table"\n[queue]\nfirst_retry = "1s"\n')
        table = self.hermod.folder / "table"
        table.write_text('{"name": "localhost", "type": "A", "data": "127.0.0.1"}\n')
        text = self.hermod.config.read_text().replace("{folder}", str(self.hermod.folder))
        self.hermod.config.write_text(text)

    def __enter__(self):
        self.sink.__enter__()
        self.hermod.start()
        return self

    def __exit__(self, *unused):
        self.hermod.__exit__(*unused)
        self.sink.close()

    def send(self, subject: str = "x") -> str:
        with self.hermod.client() as client:
            return client.deliver(f"Subject: {subject}\r\n\r\nx\r\n".encode(), "a@s.test", "b@far.test")

    def events(self, identity: str, name: str) -> list[dict]:
        return [e for e in self.hermod.events() if e.get("id") == identity and e["event"] == name]

    def relayed(self, identity: str) -> dict:
        return wait_until(lambda: self.events(identity, "relayed"), 30, "relayed\n" + self.hermod.log_text())[0]

    def deferred(self, identity: str) -> dict:
        return wait_until(lambda: self.events(identity, "deferred"), 30, "deferred\n" + self.hermod.log_text())[0]


def test_encrypted_and_verified(issuer):
    with Way(issuer, Manners(tls=good(issuer))) as way:
        event = way.relayed(way.send())
        assert event["tls"].endswith(", verified") and event["tls"].startswith("TLSv1.3 ")
        assert way.sink.taken[0].tls == "TLSv1.3"


def test_issuers_are_read_again(issuer):
    """With a reload, also where the file has another name then; one that is no good leaves those that were."""
    other = Issuer(issuer.folder / "other")
    with Way(issuer, Manners(tls=context_of(*other.issue("localhost"))), relay='idle_timeout = "0s"\n') as way:
        way.hermod.config.write_text(way.hermod.config.read_text().replace(f'tls_issuers = "{issuer.certificate}"',
                                                                           f'tls_issuers = "{way.hermod.folder}/issuers"'))
        trusted = way.hermod.folder / "issuers"
        trusted.write_text("nothing\n")
        way.hermod.run("reload")
        assert ", not verified: " in way.relayed(way.send())["tls"]
        trusted.write_text(other.certificate.read_text())
        assert "restart" not in way.hermod.run("reload").stdout
        assert wait_until(lambda: way.relayed(way.send())["tls"].endswith(", verified"), what="verified by the new issuer")


def test_connections_and_sessions_are_used_again(issuer):
    with Way(issuer, Manners(tls=good(issuer))) as way:
        for number in range(5):
            way.relayed(way.send(f"number {number}"))
        assert {taken.tls for taken in way.sink.taken} == {"TLSv1.3"} and len(way.sink.taken) == 5


def bad_certificates(issuer):
    weak_key, weak = issuer.folder / "weak.key", issuer.folder / "weak.pem"
    openssl("req", "-x509", "-newkey", "rsa:1024", "-nodes", "-days", "10", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost", "-keyout", str(weak_key), "-out", str(weak))
    sha1_key, sha1 = issuer.folder / "sha1.key", issuer.folder / "sha1.pem"
    openssl("req", "-x509", "-sha1", "-newkey", "rsa:2048", "-nodes", "-days", "10", "-subj", "/CN=localhost", "-keyout",
            str(sha1_key), "-out", str(sha1))
    return {"expired": issuer.issue("localhost", days=-1, file="expired-localhost"),
            "another name": issuer.issue("elsewhere.test"),
            "signed by itself": self_signed(issuer.folder, "localhost"),
            "weak": (weak, weak_key), "by SHA-1": (sha1, sha1_key)}


@pytest.mark.parametrize("flaw", ["expired", "another name", "signed by itself", "weak", "by SHA-1"])
def test_bad_certificates(issuer, flaw):
    """Opportunistic, still encrypted, and it is said why it proves nothing; verified, nothing is sent."""
    context = context_of(*bad_certificates(issuer)[flaw], level=0)
    with Way(issuer, Manners(tls=context)) as way:
        event = way.relayed(way.send())
        assert ", not verified: " in event["tls"], event
        assert way.sink.taken[0].tls
    with Way(issuer, Manners(tls=context), tls="verified") as way:
        event = way.deferred(way.send())
        assert "4.7.5" in event["reply"] and "certificate verify failed" in event["reply"], event
        assert not way.sink.taken


def test_demanded_and_not_offered(issuer):
    """As far as a route demands it: not an octet of mail in the clear."""
    for demand in ("required", "verified"):
        with Way(issuer, Manners(), tls=demand) as way:
            event = way.deferred(way.send())
            assert "4.7.5" in event["reply"] and "does not offer STARTTLS" in event["reply"], event
            assert not way.sink.taken


def test_not_offered_or_refused(issuer):
    with Way(issuer, Manners()) as way:
        assert way.relayed(way.send())["tls"] == "plain text"
    manners = Manners(tls=good(issuer), starttls="454 4.7.0 not now")
    with Way(issuer, manners) as way:
        assert way.relayed(way.send())["tls"] == "plain text, as STARTTLS was refused"
    with Way(issuer, manners, tls="required") as way:
        assert "refused STARTTLS: 454" in way.deferred(way.send())["reply"]


def test_without_agreement_in_the_clear(issuer):
    """A server that knows nothing newer than TLS 1.1: the same attempt goes on in the clear, unless more is demanded."""
    context = good(issuer)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with Way(issuer, Manners(tls=context)) as way:
        event = way.relayed(way.send())
        assert event["tls"].startswith("plain text, after: TLS handshake failed"), event
        assert len(way.sink.taken) == 1 and way.sink.taken[0].tls == ""
        assert not way.events(event["id"], "deferred")
    with Way(issuer, Manners(tls=context), tls="required") as way:
        assert "TLS handshake failed" in way.deferred(way.send())["reply"]


def test_injected_replies_are_not_believed(issuer):
    """CVE-2021-38371: octets behind the go-ahead end the attempt."""
    with Way(issuer, Manners(tls=good(issuer), injected=b"250 injected\r\n")) as way:
        event = way.deferred(way.send())
        assert "octets behind the reply to STARTTLS" in event["reply"], event
        assert not way.sink.taken


def test_off(issuer):
    with Way(issuer, Manners(tls=good(issuer)), tls="off") as way:
        way.relayed(way.send())
        assert way.sink.taken[0].tls == ""
    with Way(issuer, Manners(tls=good(issuer)), relay='tls = "off"') as way:
        way.relayed(way.send())
        assert way.sink.taken[0].tls == ""


def test_from_the_first_octet(issuer):
    """RFC 8314 §3.3"""
    with Way(issuer, Manners(tls=good(issuer), is_implicit_tls=True), "smtps:localhost:{port}", tls="verified") as way:
        assert way.relayed(way.send())["tls"].endswith(", verified")
        assert way.sink.taken[0].tls == "TLSv1.3"
    with Way(issuer, Manners(), "smtps:localhost:{port}") as way:
        assert "TLS handshake failed" in way.deferred(way.send())["reply"]
        assert not way.sink.taken


@pytest.mark.skipif(not postfix.is_installed(), reason="needs Postfix, and root to start it")
def test_postfix_both_ways(issuer):
    certificate, key = issuer.issue("localhost")
    settings = {"smtpd_tls_security_level": "may", "smtpd_tls_cert_file": str(certificate), "smtpd_tls_key_file": str(key),
                "smtp_tls_security_level": "encrypt", "smtp_tls_loglevel": "1", "smtpd_tls_received_header": "yes"}
    table = issuer.folder / "table"
    table.write_text('{"name": "localhost", "type": "A", "data": "127.0.0.1"}\n')
    port = free_port()
    with postfix.Postfix("mx.p.test", ["p@p.test"], relayhost=f"[127.0.0.1]:{port}", settings=settings) as peer:
        route = f'[[route]]\ndomain = "p.test"\nnext_hop = "localhost:{peer.port}"\ntls = "verified"\n'
        tls = f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n[dns]\ntable = "{table}"\n'
        with Hermod(port=port, routes=route, extra=tls,
                    relay=f'families = "ipv4"\ntls_issuers = "{issuer.certificate}"\n') as hermod:
            with hermod.client() as client:
                client.deliver(b"Subject: to Postfix\r\n\r\nx\r\n", "u@l.test", "p@p.test")
            wait_until(lambda: peer.messages("p@p.test"), 60, "mail at Postfix")
            assert b"using TLSv1.3" in peer.messages("p@p.test")[0], peer.messages("p@p.test")[0]
            peer.send("p@p.test", ["u@l.test"], b"Subject: from Postfix\n\nx\n")
            assert b"ESMTPS" in hermod.wait_for(1, seconds=60)[0]
