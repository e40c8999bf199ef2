"""EXTERNAL (RFC 4422 App. A): clients that prove by a certificate who they are, in SMTP and POP3. Real clients, and what
is not believed: a certificate that has expired, of an unknown authority, of somebody else, of nobody with a mailbox here.
"""
import ssl
import subprocess

import pytest

from certificates import Issuer
from hermod import Client, Hermod, free_port

MESSAGE = "From: ann@l.test\r\nTo: u@l.test\r\nSubject: from a client\r\n\r\nhello\r\n"
LISTENERS = ("submission", "submissions", "pop3", "pop3s")


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    folder.chmod(0o755)
    return Issuer(folder / "own")


@pytest.fixture(scope="module")
def shown(issuer, tmp_path_factory):
    """By kind: certificate and key."""
    stranger = Issuer(issuer.folder.parent / "stranger")
    return {
        "good": issuer.issue("ann@l.test", names_are="email"),
        "expired": issuer.issue("ann@l.test", names_are="email", days=-1, file="expired"),
        "of an unknown authority": stranger.issue("ann@l.test", names_are="email"),
        "of nobody here": issuer.issue("nobody@l.test", names_are="email"),
        "of a host": issuer.issue("ann.l.test"),
        "of bob": issuer.issue("bob@l.test", names_are="email"),
    }


def make_server(issuer, folder=None, asked=True) -> Hermod:
    certificate, key = issuer.issue("mx.l.test", "localhost", file="server")
    ports = {name: free_port() for name in LISTENERS}
    listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\nclient_certificates = {str(asked).lower()}\n'
                        for name, port in ports.items())
    hermod = Hermod(listeners=listeners, folder=folder, extra=f"""[tls]
certificate = "{certificate}"
key = "{key}"
client_authorities = "{issuer.certificate}"
[login]
failures_per_client = 1000
delay = "0s"
""")
    hermod.ports = ports
    return hermod


@pytest.fixture(scope="module")
def server(issuer):
    with make_server(issuer) as hermod:
        hermod.run("account", "add", "ann@l.test", input="password of ann\n")
        hermod.run("account", "add", "bob@l.test", input="password of bob\n")
        yield hermod


def connect(server, name: str, pair=None) -> Client:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if pair:
        context.load_cert_chain(*map(str, pair))
    client = Client(server.ports[name], greet=False)
    if name == "submission":
        client.greeting = client.reply()
        client.starttls(context)
    else:
        client.encrypt(context)
    return client


def run(words, text=MESSAGE) -> subprocess.CompletedProcess:
    return subprocess.run(words, input=text, capture_output=True, text=True, timeout=60)


def by_curl(server, issuer, pair, folder):
    return run(["curl", "--silent", "--show-error", "--url", f"smtps://localhost:{server.ports['submissions']}/c.test", "--cacert",
                str(issuer.certificate), "--cert", str(pair[0]), "--key", str(pair[1]), "--login-options", "AUTH=EXTERNAL", "--user",
                "ann@l.test:", "--mail-from", "ann@l.test", "--mail-rcpt", "u@l.test", "--upload-file", "-"])


def by_msmtp(server, issuer, pair, folder):
    return run(["msmtp", "--host=localhost", f"--port={server.ports['submission']}", "--tls=on", "--tls-starttls=on",
                f"--tls-trust-file={issuer.certificate}", f"--tls-cert-file={pair[0]}", f"--tls-key-file={pair[1]}", "--auth=external",
                "--user=ann@l.test", "--from=ann@l.test", "--domain=c.test", "u@l.test"])


def by_gsasl(server, issuer, pair, folder):
    return run(["gsasl", "--smtp", "--connect", f"localhost:{server.ports['submission']}", "--starttls", f"--x509-ca-file={issuer.certificate}",
                f"--x509-cert-file={pair[0]}", f"--x509-key-file={pair[1]}", "--mechanism=EXTERNAL", "--authentication-id=ann@l.test",
                "--authorization-id=ann@l.test", "--no-client-first", "--hostname=c.test"], text="")


def by_curl_pop3(server, issuer, pair, folder):
    return run(["curl", "--silent", "--show-error", "--url", f"pop3s://localhost:{server.ports['pop3s']}/", "--cacert",
                str(issuer.certificate), "--cert", str(pair[0]), "--key", str(pair[1]), "--login-options", "AUTH=EXTERNAL", "--user", "ann@l.test:"])


def by_mpop(server, issuer, pair, folder):
    return run(["mpop", "--host=localhost", f"--port={server.ports['pop3']}", "--tls=on", "--tls-starttls=on", f"--tls-trust-file={issuer.certificate}",
                f"--tls-cert-file={pair[0]}", f"--tls-key-file={pair[1]}", "--auth=external", "--user=ann@l.test", f"--delivery=mbox,{folder}/mbox",
                f"--uidls-file={folder}/uidls", "--status-only"])


CLIENTS = {"curl": by_curl, "msmtp": by_msmtp, "gsasl": by_gsasl, "curl, POP3": by_curl_pop3, "mpop": by_mpop}


# RFC 4422 App. A.1, RFC 4954 §4, RFC 5034 §4
@pytest.mark.parametrize("by", CLIENTS.values(), ids=CLIENTS.keys())
def test_real_clients_log_in_by_certificate(server, issuer, shown, by, tmp_path):
    done = by(server, issuer, shown["good"], tmp_path)
    assert done.returncode == 0, (done.stdout, done.stderr)


@pytest.mark.parametrize("kind", ["expired", "of an unknown authority", "of nobody here", "of a host", "of bob"])
@pytest.mark.parametrize("by", CLIENTS.values(), ids=CLIENTS.keys())
def test_real_clients_with_a_certificate_that_does_not_say_so_stay_out(server, issuer, shown, by, kind, tmp_path):
    assert by(server, issuer, shown[kind], tmp_path).returncode != 0


def offers(client: Client, name: str) -> str:
    if name.startswith("submission"):
        if not client.greeting:
            client.greeting = client.reply()
        return next(line for line in client.hello().split("\n") if line.startswith("AUTH"))
    client.send(b"CAPA\r\n")
    lines = []
    while (line := client.line()) != ".":
        lines.append(line)
    return next(line for line in lines if line.startswith("SASL"))


# RFC 4422 §3.3: EXTERNAL is offered to those who can use it, and to nobody else.
@pytest.mark.parametrize("name", ["submission", "submissions", "pop3s"])
def test_external_is_offered_to_who_is_believed(server, shown, name):
    for kind, pair in [("none", None), *shown.items()]:
        with connect(server, name, pair) as client:
            is_believed = kind in ("good", "of bob", "of nobody here")
            assert ("EXTERNAL" in offers(client, name).split()) == is_believed, kind
    marks = [e["how"] for e in server.events() if e["event"] == "encrypted" and e.get("how")]
    assert "certificate of ann@l.test" in marks and "certificate not believed: certificate has expired" in marks


# The others log in as ever.
def test_who_is_not_believed_may_have_a_password(server, shown):
    for kind, pair in [("none", None), *shown.items()]:
        with connect(server, "submission", pair) as client:
            client.hello()
            code, text = client.say("AUTH PLAIN AGJvYkBsLnRlc3QAcGFzc3dvcmQgb2YgYm9i")
            assert code == 235, (kind, text)


# RFC 4422 App. A: as himself, or as nobody.
def test_nobody_acts_as_another(server, shown):
    for response, wanted in {"=": 235, "YW5uQGwudGVzdA==": 235, "Ym9iQGwudGVzdA==": 535, "QU5OQEwuVEVTVA==": 235}.items():
        with connect(server, "submission", shown["good"]) as client:
            client.hello()
            assert client.say(f"AUTH EXTERNAL {response}")[0] == wanted, response
            if wanted == 235:
                assert client.say("MAIL FROM:<bob@l.test>")[0] == 553
                assert client.say("MAIL FROM:<ann@l.test>")[0] == 250


def test_a_listener_that_does_not_ask_offers_nothing(issuer, shown, tmp_path):
    with make_server(issuer, tmp_path, asked=False) as hermod:
        hermod.run("account", "add", "ann@l.test", input="password of ann\n")
        with connect(hermod, "submission", shown["good"]) as client:
            client.hello()
            assert client.say("AUTH EXTERNAL =")[0] == 504


def test_check_names_what_is_missing(issuer, tmp_path):
    certificate, key = issuer.issue("mx.l.test", file="server")
    listener = f'[[listen]]\nprotocol = "submission"\naddress = "127.0.0.1:{free_port()}"\nclient_certificates = true\n'
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate\n")
    for authorities, text in {"": "nobody is believed to say who a client is", f'client_authorities = "{tmp_path}/none"\n': "cannot be read",
                              f'client_authorities = "{broken}"\n': "holds no certificate in PEM form"}.items():
        hermod = Hermod(listeners=listener, folder=tmp_path, extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n{authorities}')
        done = hermod.run("check", check=False)
        assert done.returncode == 2 and text in done.stdout + done.stderr, (authorities, done.stdout, done.stderr)
