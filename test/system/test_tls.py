"""TLS with clients, from outside: what is offered, what is refused, and that nothing said in the clear counts inside.

The listeners are parameters: what holds for one holds for every other that speaks TLS.
"""
import json
import multiprocessing
import re
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from certificates import prime_of
from hermod import Client, Hermod, free_port, memory_of, wait_until


@dataclass(frozen=True)
class Door:
    """A listener, and how TLS begins at it."""
    name: str
    settings: str = ""
    is_implicit: bool = False
    listens: str = "smtp"  # the protocol, as the configuration has it

    @property
    def speaks(self) -> str:
        """What is spoken inside, as openssl and ALPN call it."""
        return "pop3" if self.listens.startswith("pop3") else "smtp"


MAIL_DOORS = [Door("starttls"), Door("required", 'tls = "required"\n'), Door("implicit", 'tls = "implicit"\n', is_implicit=True)]
DOORS = [*MAIL_DOORS, Door("submission", listens="submission"), Door("submissions", is_implicit=True, listens="submissions"),
         Door("pop3", listens="pop3"), Door("pop3s", is_implicit=True, listens="pop3s")]


@pytest.fixture(scope="module")
def server(issuer):
    """One with two certificates for its name and one for another, and a listener of each kind."""
    certificate, key = issuer.issue("mx.l.test")
    rsa_certificate, rsa_key = issuer.issue("mx.l.test", kind="2048")
    other_certificate, other_key = issuer.issue("other.test", "*.wild.test")
    listeners, ports = "", {}
    for door in DOORS[1:]:
        ports[door.name] = free_port()
        listeners += f'[[listen]]\nprotocol = "{door.listens}"\naddress = "127.0.0.1:{ports[door.name]}"\n{door.settings}\n'
    tls = f"""[tls]
certificate = "{certificate}"
key = "{key}"
handshake_timeout = "2s"
[[tls.also]]
certificate = "{rsa_certificate}"
key = "{rsa_key}"
[[tls.also]]
certificate = "{other_certificate}"
key = "{other_key}"
"""
    with Hermod(listeners=listeners, extra=tls + "[limits]\nconnections_per_client = 3000\n") as hermod:
        hermod.ports = {"starttls": hermod.port, **ports}
        hermod.rsa_key = rsa_key
        yield hermod


@pytest.fixture
def trusting(issuer):
    """A client's context that believes our issuer alone."""
    return ssl.create_default_context(cafile=str(issuer.certificate))


def open_door(server, door: Door, context=None, name="mx.l.test") -> Client:
    """A client inside TLS, who has not said anything there yet."""
    client = Client(server.ports[door.name], greet=not door.is_implicit)
    if door.is_implicit:
        client.encrypt(context, name)
        client.greeting = client.reply()
        assert client.greeting[0] == 220
    else:
        client.starttls(context, name)
    return client


def raw_handshake(server, door: Door, context: ssl.SSLContext, name="mx.l.test") -> ssl.SSLSocket:
    """The bare TLS socket."""
    return context.wrap_socket(before_handshake(server, door), server_hostname=name)


def before_handshake(server, door: Door) -> socket.socket:
    """Where the client's next octets are those of the handshake."""
    client = Client(server.ports[door.name], greet=False)
    if door.is_implicit:
        return client.socket
    assert client.line()
    if door.speaks == "pop3":
        client.send(b"STLS\r\n")
        assert client.line().startswith("+OK")
    else:
        client.hello()
        assert client.say("STARTTLS")[0] == 220
    return client.socket


def answers(secure: ssl.SSLSocket, door: Door) -> bool:
    """Inside TLS, to the end of the connection. Whoever talks before he is greeted is not answered."""
    heard = secure.recv(4096) if door.is_implicit else b""
    secure.sendall(b"QUIT\r\n")
    while octets := secure.recv(4096):
        heard += octets
    return b"+OK" in heard if door.speaks == "pop3" else b"221 " in heard


every_door = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
every_implicit_door = pytest.mark.parametrize("door", [door for door in DOORS if door.is_implicit], ids=lambda door: door.name)


@pytest.mark.parametrize("door", MAIL_DOORS, ids=lambda door: door.name)
def test_mail_comes_in(server, door, trusting):
    before = len(server.messages())
    with open_door(server, door, trusting) as client:
        version, cipher = client.socket.version(), client.socket.cipher()[0]
        assert version == "TLSv1.3"
        client.deliver(b"Subject: inside\r\n\r\nx\r\n")
    message = server.wait_for(before + 1)[-1].decode()
    received = re.sub(r"\s+", " ", message.split("\nSubject")[0])
    assert "with ESMTPS" in received and f"({version} {cipher})" in received, received
    assert [e for e in server.events() if e["event"] == "encrypted" and e["tls"] == f"{version} {cipher}"]


def test_what_is_said_in_the_clear_does_not_count_inside(server):
    """Commands behind STARTTLS in the same segment. Their replies must not come, and nothing of them stay."""
    with server.client() as client:
        client.hello()
        client.send(b"STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@x.test>\r\n")
        assert client.reply()[0] == 220
        client.encrypt()
        client.socket.settimeout(20)
        code, text = client.say("RCPT TO:<u@l.test>")
        assert code == 503, (code, text)
        assert client.say("NOOP")[0] == 250


def test_octets_behind_starttls_that_come_late_are_a_broken_handshake(server):
    """They are not commands either."""
    with server.client() as client:
        client.hello()
        assert client.say("STARTTLS")[0] == 220
        client.send(b"MAIL FROM:<evil@x.test>\r\n" * 20)
        assert client.is_closed()


def test_state_is_forgotten(server):
    """RFC 3207 §4.2"""
    with server.client() as client:
        client.hello()
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        assert client.say("STARTTLS x")[0] == 501
        client.starttls(hello=False)
        assert client.say("RCPT TO:<u@l.test>")[0] == 503
        assert client.say("MAIL FROM:<a@s.test>")[0] == 503
        assert "STARTTLS" not in client.hello()
        assert client.say("STARTTLS")[0] == 554
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250


def test_encryption_may_be_demanded(server):
    """RFC 3207 §4"""
    with Client(server.ports["required"]) as client:
        client.hello()
        for command in ("MAIL FROM:<a@s.test>", "RCPT TO:<u@l.test>", "DATA", "VRFY u"):
            assert client.say(command) == (530, "5.7.0 Say STARTTLS first"), command


@every_door
@pytest.mark.parametrize("options", [["-tls1"], ["-tls1_1"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
                                     ["-tls1_2", "-cipher", "AES128-GCM-SHA256"], ["-tls1_2", "-cipher", "aNULL"]],
                         ids=lambda words: "_".join(words).replace("-", ""))
def test_what_is_old_is_refused(server, door, options):
    """RFC 8996"""
    words = [*options[:-1], f"{options[-1]}:@SECLEVEL=0"] if len(options) > 1 else [*options, "-cipher", "ALL:@SECLEVEL=0"]
    assert not agreed(s_client(server, door, *words))


@every_door
def test_renegotiation_is_refused(server, door):
    """CVE-2009-3555. openssl's R asks for one; it hears no_renegotiation, or, where our greeting is on its way just
    then, that instead of a handshake."""
    output = s_client(server, door, "-tls1_2", say="R\n")
    assert agreed(output)
    assert "no renegotiation" in output or "unexpected record" in output, output[-1500:]


def s_client(server, door: Door, *options: str, say: str = "QUIT\r\n", name: str = "mx.l.test") -> str:
    words = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.ports[door.name]}", "-servername", name, *options]
    if not door.is_implicit:
        words += ["-starttls", door.speaks]
    done = subprocess.run(words, input=say, capture_output=True, text=True, timeout=30)
    return done.stdout + done.stderr


def agreed(output: str) -> bool:
    return bool(re.search(r"Cipher is (?!\(NONE\))", output))


@every_door
def test_another_protocol_is_refused(server, door):
    """ALPACA: a browser that was led here."""
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with pytest.raises(ssl.SSLError, match="no application protocol"):
        raw_handshake(server, door, context)
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(["http/1.1", door.speaks])
    with raw_handshake(server, door, context) as secure:
        assert secure.selected_alpn_protocol() == door.speaks
        assert answers(secure, door)


@every_door
def test_no_early_data_is_taken(server, door, tmp_path):
    """What comes with the first flight can be repeated by anybody."""
    session = tmp_path / "session"
    s_client(server, door, "-ign_eof", "-sess_out", str(session), say="EHLO c\r\nQUIT\r\n")
    assert "Max Early Data: 0" in openssl_session(session)


def openssl_session(path: Path) -> str:
    return subprocess.run(["openssl", "sess_id", "-in", str(path), "-text", "-noout"], capture_output=True, text=True,
                          check=True).stdout


@every_door
def test_a_handshake_begun_and_left_ends(server, door):
    """Half a ClientHello, and no more."""
    connection = before_handshake(server, door)
    connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 100)
    connection.settimeout(60)
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        pass
    with raw_handshake(server, door, ssl._create_unverified_context()) as secure:
        assert answers(secure, door)


@every_implicit_door
def test_slow_handshakes_free_their_place(server, door):
    """Half a ClientHello, octet by octet, and a hundred that say nothing at all."""
    def closed(connection: socket.socket) -> bool:
        connection.setblocking(False)
        try:
            return connection.recv(100) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True
    silent = [socket.create_connection(("127.0.0.1", server.ports[door.name])) for _ in range(100)]
    slow = socket.create_connection(("127.0.0.1", server.ports[door.name]))
    octets = iter(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 400)

    def slow_is_closed() -> bool:
        try:
            slow.setblocking(True)
            slow.send(bytes([next(octets)]))
        except ConnectionError:
            return True
        return closed(slow)
    with raw_handshake(server, door, ssl._create_unverified_context()) as other:  # others are served meanwhile
        wait_until(slow_is_closed, 30, "the slow handshake ended")
        wait_until(lambda: all(closed(one) for one in silent), 30, "the silent ones ended")
        assert answers(other, door)
    for one in [slow, *silent]:
        one.close()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("door", [DOORS[2], DOORS[4], DOORS[6]], ids=lambda door: door.name)
def test_a_session_is_for_one_service_and_one_name(server, tmp_path, version, door):
    session = str(tmp_path / "session")
    keep = [version, "-ign_eof", "-sess_out", session]
    use = [version, "-ign_eof", "-sess_in", session]

    def is_resumed(output: str) -> bool:
        assert agreed(output), output[-1500:]
        return "Reused, " in output
    said = "NOOP\r\nQUIT\r\n"
    assert not is_resumed(s_client(server, door, *keep, say=said))
    assert is_resumed(s_client(server, door, *use, say=said))
    assert not is_resumed(s_client(server, door, *use, say=said, name="other.test"))
    for other in DOORS:
        if other.is_implicit and other != door:
            assert not is_resumed(s_client(server, other, *use, say=said)), other.name


def test_names_select_certificates(server, trusting):
    """RFC 6066 §3"""
    for name in ("mx.l.test", "other.test", "a.wild.test"):
        with open_door(server, DOORS[0], trusting, name) as client:
            assert client.say("NOOP")[0] == 250
    with pytest.raises(ssl.SSLCertVerificationError):
        open_door(server, DOORS[0], trusting, "unknown.test")
    output = s_client(server, DOORS[0], "-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384")
    assert agreed(output) and "Server public key is 2048 bit" in output


def test_only_keyd_knows_the_keys(server):
    """The key's prime is looked for in the memory of every process, in both orders of octets."""
    prime = prime_of(server.rsa_key)
    for door in DOORS:
        with raw_handshake(server, door, ssl._create_unverified_context()) as secure:
            assert answers(secure, door)
    s_client(server, DOORS[0], "-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384")  # it has been used
    # OpenSSL keeps numbers as words, the least first.
    forms = [prime, prime[::-1]]
    keyd = server.pids("keyd")
    assert len(keyd) == 1
    found = {pid: any(form in memory_of(pid) for form in forms) for pid in [server.process.pid, *server.pids()]}
    assert found.pop(keyd[0]), "the search would have found it"
    assert not any(found.values()), found


def test_a_dead_keyd_is_waited_for(server, trusting):
    keyd = server.pids("keyd")[0]
    subprocess.run(["kill", "-KILL", str(keyd)], check=True)
    for door in DOORS:
        with raw_handshake(server, door, trusting) as secure:
            assert answers(secure, door)
    assert server.pids("keyd") != [keyd]


@pytest.mark.parametrize("door", [DOORS[0], DOORS[4], DOORS[6]], ids=lambda door: door.name)
def test_certificates_are_replaced_while_clients_come(issuer, door, record_property):
    """From several processes, as fast as this machine lets them: not one handshake fails, and the new certificate is there
    within five seconds. The report has how many there were in a second."""
    certificate, key = issuer.issue("mx.l.test", file="renewed")
    listener = f'[[listen]]\nprotocol = "{door.listens}"\naddress = "127.0.0.1:{(port := free_port())}"\n{door.settings}'
    with Hermod(listeners=listener, extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n[limits]\nconnections_per_client = 1000\n') as hermod:
        hermod.ports = {door.name: port}
        fork = multiprocessing.get_context("fork")
        over, flaws, counts = fork.Event(), fork.SimpleQueue(), fork.Array("Q", 4)

        def come(number: int):
            context = ssl.create_default_context(cafile=str(issuer.certificate))
            while not over.is_set():
                try:
                    with raw_handshake(hermod, door, context) as secure:
                        assert answers(secure, door)
                    counts[number] += 1
                except Exception as flaw:  # noqa: BLE001: whatever it is, the test is about it
                    flaws.put(repr(flaw))
                    return
        clients = [fork.Process(target=come, args=(number,), daemon=True) for number in range(len(counts))]
        trusting = ssl.create_default_context(cafile=str(issuer.certificate))

        def shown() -> str:
            with raw_handshake(hermod, door, trusting) as secure:
                return secure.getpeercert()["serialNumber"]

        def have_come(before: list[int]) -> bool:
            return not flaws.empty() or all(now > then + 5 for now, then in zip(counts, before))
        began = time.monotonic()
        for client in clients:
            client.start()
        try:
            for _ in range(5):
                wait_until(lambda before=list(counts): have_come(before), what="clients come")
                known = shown()
                issuer.issue("mx.l.test", file="renewed")
                hermod.run("reload")
                wait_until(lambda known=known: shown() != known, 5, "the new certificate")
        finally:
            over.set()
            rate = sum(counts) / (time.monotonic() - began)
            for client in clients:
                client.join(60)
        assert flaws.empty(), flaws.get()
        assert all(client.exitcode == 0 for client in clients)
        record_property("handshakes_per_second", round(rate))
        print(f"{door.name}: {rate:.0f} handshakes a second by {len(clients)} processes, five certificates, no failure")


def test_check_says_what_is_wrong(issuer, tmp_path):
    certificate, key = issuer.issue("mx.l.test")
    _, other_key = issuer.issue("elsewhere.test")
    expired, expired_key = issuer.issue("mx.l.test", days=-1, file="old")
    soon, soon_key = issuer.issue("mx.l.test", days=5, file="soon")
    missing = tmp_path / "missing.pem"

    def check(tls: str, listeners: str = "") -> tuple[int, str]:
        hermod = Hermod(extra=tls, listeners=listeners)
        done = hermod.run("check", check=False)
        return done.returncode, done.stdout + done.stderr
    pair = '[tls]\ncertificate = "{}"\nkey = "{}"\n'
    assert check(pair.format(certificate, key))[0] == 0
    cases = [(pair.format(certificate, other_key), 2, "is not the key of the certificate"),
             (pair.format(missing, key), 2, "cannot be read"),
             (pair.format(certificate, missing), 2, "cannot be read"),
             (pair.format(key, key), 2, "holds no certificate in PEM form"),
             (pair.format(certificate, certificate), 2, "holds no private key in PEM form"),
             (f'[tls]\ncertificate = "{certificate}"\n', 2, "has a certificate, but no key for it"),
             (pair.format(expired, expired_key), 0, "has expired on 2020-02-01"),
             (pair.format(soon, soon_key), 0, "expires on ")]
    for tls, status, text in cases:
        got, output = check(tls)
        assert got == status and text in output, (tls, got, output)
    status, output = check("", '[[listen]]\nprotocol = "smtp"\naddress = "127.0.0.1:2626"\ntls = "required"\n')
    assert status == 2 and "there is no certificate to show" in output, output


def test_a_listener_without_tls_beside_a_certificate(issuer):
    """`tls = "off"`: RFC 3207 §4 (502 where it is not offered), RFC 2595 §4; and nobody is asked for a password there."""
    certificate, key = issuer.issue("mx.l.test")
    ports = {name: free_port() for name in ("smtp", "submission", "pop3")}
    listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\ntls = "off"\n' for name, port in ports.items())
    with Hermod(listeners=listeners, extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n') as hermod:
        for name in ("smtp", "submission"):
            with Client(ports[name]) as client:
                said = client.hello()
                assert "STARTTLS" not in said and "PLAIN" not in said and "LOGIN" not in said
                assert client.say("STARTTLS")[0] == 502
                assert client.say("NOOP")[0] == 250
        with Client(ports["pop3"], greet=False) as client:
            assert client.line().startswith("+OK")
            client.send(b"CAPA\r\nSTLS\r\nUSER u@l.test\r\nNOOP\r\n")
            lines = []
            while not lines or lines[-1] != ".":
                lines.append(client.line())
            assert "STLS" not in lines and "USER" not in lines and not any("PLAIN" in line for line in lines)
            assert client.line().startswith("-ERR") and client.line().startswith("-ERR")
        with hermod.client() as client:
            assert "STARTTLS" in client.hello(), "the other listener has it"


def test_status_tells_of_certificates(issuer):
    """Until when, and that one is over: in words and as JSON."""
    certificate, key = issuer.issue("mx.l.test", "www.l.test")
    old, old_key = issuer.issue("old.test", days=-1, file="status-old")
    tls = f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n[[tls.also]]\ncertificate = "{old}"\nkey = "{old_key}"\n'
    with Hermod(extra=tls) as hermod:
        lines = [line for line in hermod.run("status").stdout.splitlines() if line.startswith("certificate for ")]
        assert len(lines) == 2
        assert re.fullmatch(r"certificate for mx\.l\.test, www\.l\.test: until \d{4}-\d\d-\d\d.*", lines[0]), lines
        assert re.fullmatch(r"certificate for old\.test: EXPIRED 2020-02-01.*", lines[1]), lines
        told = json.loads(hermod.run("status", "--json").stdout)["certificates"]
        assert [one["names"] for one in told] == [["mx.l.test", "www.l.test"], ["old.test"]]


def test_without_a_certificate_nothing_is_offered():
    with Hermod() as hermod, hermod.client() as client:
        assert "STARTTLS" not in client.hello()
        assert client.say("STARTTLS")[0] == 502


def test_other_clients(server, issuer, tmp_path):
    """swaks and curl, each with STARTTLS and from the first octet on."""
    before = len(server.messages())
    ports = server.ports
    for option, port in (("-tls", ports["starttls"]), ("-tls", ports["required"]), ("-tlsc", ports["implicit"])):
        done = subprocess.run(["swaks", "--server", "127.0.0.1", "--port", str(port), option, "--from", "a@s.test", "--to",
                               "u@l.test"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
    letter = tmp_path / "letter"
    letter.write_bytes(b"Subject: by curl\r\n\r\nx\r\n")
    for scheme, port, options in (("smtp", ports["starttls"], ["--ssl-reqd"]), ("smtps", ports["implicit"], [])):
        subprocess.run(["curl", "--silent", "--show-error", "--cacert", str(issuer.certificate), "--resolve",
                        f"mx.l.test:{port}:127.0.0.1", *options, f"{scheme}://mx.l.test:{port}", "--mail-from", "a@s.test",
                        "--mail-rcpt", "u@l.test", "--upload-file", str(letter)], check=True, timeout=60)
    server.wait_for(before + 5)
