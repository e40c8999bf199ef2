"""What mail programs ask over HTTP before anybody has typed a port; and that nothing else is to be had there."""
import socket
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from certificates import Issuer
from hermod import Hermod, careless, free_port, wait_until
from pebble import Pebble, missing

OUTLOOK = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"


def table(protocol: str, port: int, more: str = "") -> str:
    return f'[[listen]]\nprotocol = "{protocol}"\naddress = "127.0.0.1:{port}"\n{more}\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    folder.chmod(0o755)
    issuer = Issuer(folder)
    certificate, key = issuer.issue("mx.l.test", file="httpd")
    ports = {name: free_port() for name in ("http", "https", "pop3", "pop3s", "submission", "submissions")}
    listeners = (table("http", ports["http"]) + table("http", ports["https"], 'tls = "implicit"')
                 + "".join(table(name, ports[name]) for name in ("pop3", "pop3s", "submission", "submissions")))
    with Hermod(listeners=listeners, extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n') as hermod:
        hermod.ports, hermod.issuer = ports, issuer
        yield hermod
        assert not [e for e in hermod.events() if e["event"] == "process_died"]


def ask(server, octets: bytes, port: str = "http") -> bytes:
    """All that is answered before the connection is closed."""
    with socket.create_connection(("127.0.0.1", server.ports[port]), timeout=60) as plain:
        connection = careless().wrap_socket(plain, server_hostname="mx.l.test") if port == "https" else plain
        try:
            connection.sendall(octets)
        except ConnectionError:
            pass  # refused before all of it was said
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionError:
            pass
        return answer


def get(server, target: str, host: str = "autoconfig.l.test", method: str = "GET", port: str = "http") -> tuple[int, bytes]:
    answer = ask(server, f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(), port)
    head, body = answer.split(b"\r\n\r\n", 1)
    return int(head.split()[1]), body


THUNDERBIRD = ("/mail/config-v1.1.xml?emailaddress=w%40l.test", "/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=w@l.test",
               "/mail/config-v1.1.xml", "http://autoconfig.l.test/mail/config-v1.1.xml")


@pytest.mark.parametrize("port", ["http", "https"])
@pytest.mark.parametrize("target", THUNDERBIRD)
def test_thunderbird_is_told_of_the_servers(server, target, port):
    """The format as Thunderbird documents it: every element it requires, with the values it knows."""
    code, body = get(server, target, port=port)
    assert code == 200
    config = ElementTree.fromstring(body)
    assert config.tag == "clientConfig" and config.get("version") == "1.1"
    provider = config.find("emailProvider")
    assert provider.get("id") == "l.test" and [d.text for d in provider.findall("domain")] == ["l.test"]
    assert provider.find("displayName").text and provider.find("displayShortName").text

    def servers(tag: str, type_: str):
        found = provider.findall(tag)
        for one in found:
            assert one.get("type") == type_ and one.find("hostname").text == "mx.l.test"
            assert one.find("username").text == "%EMAILADDRESS%"
            assert one.find("authentication").text == "password-cleartext"
        return [(int(one.find("port").text), one.find("socketType").text) for one in found]

    assert servers("incomingServer", "pop3") == [(server.ports["pop3s"], "SSL"), (server.ports["pop3"], "STARTTLS")]
    assert servers("outgoingServer", "smtp") == [(server.ports["submissions"], "SSL"), (server.ports["submission"], "STARTTLS")]


def test_outlook_is_told_of_the_servers(server):
    body = ('<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/'
            'requestschema/2006"><Request><EMailAddress>w@l.test</EMailAddress></Request></Autodiscover>').encode()
    answer = ask(server, b"POST /Autodiscover/Autodiscover.xml HTTP/1.1\r\nHost: autodiscover.l.test\r\nContent-Type: text/xml\r\n"
                 b"Content-Length: %d\r\n\r\n" % len(body) + body, "https")
    head, document = answer.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200 ")
    account = ElementTree.fromstring(document).find(f"{OUTLOOK}Response/{OUTLOOK}Account")
    assert account.find(f"{OUTLOOK}Action").text == "settings"
    told = [tuple(one.find(OUTLOOK + name).text for name in ("Type", "Server", "Port", "LoginName", "Encryption"))
            for one in account.findall(f"{OUTLOOK}Protocol")]
    assert told == [("POP3", "mx.l.test", str(server.ports["pop3s"]), "w@l.test", "SSL"),
                    ("POP3", "mx.l.test", str(server.ports["pop3"]), "w@l.test", "TLS"),
                    ("SMTP", "mx.l.test", str(server.ports["submissions"]), "w@l.test", "SSL"),
                    ("SMTP", "mx.l.test", str(server.ports["submission"]), "w@l.test", "TLS")]


def test_domains_of_others_are_not_told_of(server):
    for address in ("a@elsewhere.test", "a@localhost", "a", "%00@l.test%0d%0a", "a@<b>.test", "x" * 4000 + "@l.test"):
        assert get(server, f"/mail/config-v1.1.xml?emailaddress={address}")[0] in (404, 400, 431), address
    for host in ("autoconfig.elsewhere.test", "<script>.l.test", "127.0.0.1", "l.test@elsewhere.test"):
        code, body = get(server, "/mail/config-v1.1.xml", host)
        assert code == 404 and b"<" not in body, host


def test_domains_made_by_command_are_told_of(server):
    assert get(server, "/mail/config-v1.1.xml?emailaddress=a@made.test")[0] == 404
    server.run("domain", "add", "made.test")
    wait_until(lambda: get(server, "/mail/config-v1.1.xml?emailaddress=a@made.test")[0] == 200, what="the new domain")


def test_markup_comes_back_as_text(server):
    body = b"<EMailAddress>&lt;x&amp;\"'><y@l.test</EMailAddress>"
    answer = ask(server, b"POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    document = ElementTree.fromstring(answer.split(b"\r\n\r\n", 1)[1])
    assert document.find(f".//{OUTLOOK}LoginName").text == "&lt;x&amp;\"'><y@l.test"


def test_curl_gets_it(server):
    done = subprocess.run(["curl", "-sS", "--fail", "--cacert", str(server.issuer.certificate), "--connect-to",
                           f"mx.l.test:443:127.0.0.1:{server.ports['https']}",
                           "https://mx.l.test/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=w%40l.test"],
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == 0 and ElementTree.fromstring(done.stdout).tag == "clientConfig", done.stderr


HOSTILE = {
    "another path": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "a path out": (b"GET /.well-known/acme-challenge/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "another method": (b"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "a proxy's": (b"CONNECT mx.l.test:25 HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "SMTP": (b"EHLO x\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "length and chunks": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", 400),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nContent-Length: 5\r\n\r\n123456", 400),
    "chunks": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "ten thousand fields": (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 10_000 + b"\r\n", 431),
    "a long line": (b"GET / HTTP/1.1\r\nHost: " + b"x" * 1_000_000, 431),
    "a long target": (b"GET /" + b"x" * 1_000_000, 431),
    "a long body": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_requests_are_refused_and_the_connection_closed(server, name):
    """RFC 9112 §3.2, §6.3, §11.2. Request smuggling has nothing to work with: one answer, and the end."""
    octets, code = HOSTILE[name]
    answer = ask(server, octets + b"GET /mail/config-v1.1.xml?emailaddress=w@l.test HTTP/1.1\r\nHost: x\r\n\r\n")
    # What was sent beyond the refusal may reset the connection before the answer was read.
    assert answer == b"" and len(octets) > 50_000 or answer.startswith(b"HTTP/1.1 %d " % code), answer[:200]
    assert answer.count(b"HTTP/1.1 ") <= 1 and b"clientConfig" not in answer


def test_slow_clients_are_left(server):
    """They hold no place for long; meanwhile others are served."""
    slow = [socket.create_connection(("127.0.0.1", server.ports["http"]), source_address=("127.0.0.7", 0), timeout=60) for _ in range(25)]
    try:
        for one in slow:
            try:
                one.sendall(b"GET / HT")
            except ConnectionError:
                pass  # beyond its share
        assert get(server, THUNDERBIRD[0])[0] == 200
        assert slow[0].recv(100) == b"", "closed, in the end"
    finally:
        for one in slow:
            one.close()


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_a_certificate_authority_is_answered_there():
    """RFC 8555 §8.3: port 80 is one, for both purposes."""
    with Pebble() as pebble:
        with Hermod(listeners=table("http", pebble.port),
                    extra=f'[acme]\ndirectory = "{pebble.directory}"\nca_file = "{pebble.issuer}"\nagree_terms = true\n') as server:
            def issued():
                assert not [e for e in server.events() if e["event"] == "certificate_failed"], server.log_text()[-3000:]
                return [e for e in server.events() if e["event"] == "certificate_issued"]
            wait_until(issued, 90, "a certificate")
            server.ports = {"http": pebble.port}
            assert get(server, "/.well-known/acme-challenge/x")[0] == 404, "nothing is left there"
            httpd, acmed = server.pids("httpd"), server.pids("acmed")
            assert len(httpd) == len(acmed) == 1
            assert server.run("acme", "renew").stdout.startswith("issued")


def test_without_a_listener_there_is_no_httpd():
    with Hermod() as server:
        assert not server.pids("httpd")


@pytest.mark.parametrize("tls", ["offered", "required"])
def test_http_has_no_starttls(tls):
    done = Hermod(listeners=table("http", free_port(), f'tls = "{tls}"')).run("check", check=False)
    assert done.returncode != 0 and "speaks HTTP" in done.stdout + done.stderr
