"""Logging in at other servers: smarthosts that are Postfix with Dovecot's passwords, Exim, a second Hermod, and bad ones.

RFC 4954 (AUTH), RFC 5802 (SCRAM), RFC 9266 (tls-exporter)."""
import base64
import os
import re
import subprocess
import tempfile
from pathlib import Path

import exim
import postfix
import pytest

import dovecot_sasl
from hermod import Hermod, free_port, wait_until
from sink import Manners, Sink
from test_tls_relay import context_of

PASSWORD = "corr3ct-horse, =battery"
USER = "ann@isp.test"


class Site:
    """A server of ours that sends everything to one smarthost, by name, and logs in there."""

    def __init__(self, issuer, port: int, password: str = PASSWORD, settings: str = "", scheme: str = "", user: str = USER,
                 more_routes: str = ""):
        self.hermod = Hermod(relay=f'families = "ipv4"\ntls_issuers = "{issuer.certificate}"\n',
                             extra='[dns]\ntable = "{folder}/table"\n[queue]\nfirst_retry = "1s"\nlongest_retry = "1s"\n',
                             routes=f'{more_routes}[[route]]\ndomain = "*"\nnext_hop = "{scheme}localhost:{port}"\nusername = "{user}"\n'
                                    f'password_file = "{{folder}}/password"\n{settings}')
        folder = self.hermod.folder
        (folder / "table").write_text('{"name": "localhost", "type": "A", "data": "127.0.0.1"}\n')
        self.hermod.config.write_text(self.hermod.config.read_text().replace("{folder}", str(folder)))
        self.set_password(password)

    def set_password(self, password: str):
        file = self.hermod.folder / "password"
        file.write_text(password + "\n")
        file.chmod(0o600)

    def __enter__(self):
        self.hermod.start()
        return self

    def __exit__(self, kind, *rest):
        written = (self.hermod.folder / "log").read_text() + "".join(
            f.read_text() for f in (self.hermod.folder / "data" / "log").iterdir() if f.is_file())
        self.hermod.__exit__(kind, *rest)
        if kind is None:  # whatever came of it, no secret is in any log
            for secret in (PASSWORD, "wrong-guess"):
                assert secret not in written and base64.b64encode(secret.encode()).decode().rstrip("=") not in written

    def send(self, recipient: str = "p@p.test", subject: str = "x") -> str:
        with self.hermod.client() as client:
            return client.deliver(f"Subject: {subject}\r\n\r\nx\r\n".encode(), "u@l.test", recipient)

    def event(self, identity: str, name: str) -> dict:
        def found():
            return [e for e in self.hermod.events() if e.get("id") == identity and e["event"] == name]
        return wait_until(found, 60, f"{name}\n{self.hermod.log_text()}")[-1]


# ---- a second Hermod

@pytest.fixture(scope="module")
def other(issuer):
    """It knows nothing but SCRAM-SHA-256 of its account, and can tell by which mechanism somebody came in."""
    certificate, key = issuer.issue("localhost")
    ports = {"submission": free_port(), "submissions": free_port()}
    listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\n' for name, port in ports.items())
    with Hermod(hostname="mx.isp.test", mailboxes=["p@p.test"], domains=["p.test", "isp.test"], listeners=listeners,
                networks=("127.0.0.99/32",),
                extra=f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n[login]\ndelay = "0s"\nmechanisms = '
                      '["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"]\nfailures_per_client = 100000\n'
                      'failures_per_network = 100000\nfailures_per_account = 100000\n[submission.senders]\n"*" = ["*"]\n'
                ) as hermod:
        hermod.ports = ports
        hermod.run("account", "add", USER, input=PASSWORD + "\n")
        yield hermod


@pytest.mark.parametrize("scheme", ["", "smtps:"])
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"])
def test_hermod(issuer, other, scheme, mechanism):
    with Site(issuer, other.ports["submissions" if scheme else "submission"], scheme=scheme,
              settings=f'mechanisms = ["{mechanism}"]\n') as site:
        before = len(other.messages("p@p.test"))
        event = site.event(site.send(), "relayed")
        assert event["tls"].endswith(", verified"), event
        assert other.settled("p@p.test") == before + 1
        received = other.messages("p@p.test")[-1]
        assert b"ESMTPSA" in received, received
        assert f"logged in as {USER}" in [e for e in other.events() if e["event"] == "accepted"][-1]["origin"]


def test_wrong_password_then_the_right_one(issuer, other):
    """The queue does not bounce for it, and goes out when the file is put right and read again."""
    with Site(issuer, other.ports["submission"], password="wrong-guess") as site:
        before = len(other.messages("p@p.test"))
        identity = site.send()
        event = site.event(identity, "deferred")
        assert "4.7.8 Logging in failed: " in event["reply"] and f"refused our login as {USER} by SCRAM-SHA-256-PLUS: 535" in event["reply"]
        site.set_password(PASSWORD)
        assert site.hermod.queue(), "it waits"
        site.hermod.run("reload")
        site.hermod.run("queue", "retry", "--all")
        site.event(identity, "relayed")
        assert other.settled("p@p.test") == before + 1


def test_password_is_in_relay_alone(issuer, other):
    """Searched for in the memory of every process, while one connection after the other is logged in."""
    if os.geteuid() != 0:
        pytest.skip("reading the memory of other users' processes needs root")
    with Site(issuer, other.ports["submission"]) as site:
        site.event(site.send(), "relayed")
        holders = {role for role in ("master", "directory", "qmgr", "deliver", "relay", "pickup", "admind", "smtpd", "runner", "keyd")
                   for pid in (site.hermod.pids(role) if role != "master" else [site.hermod.process.pid])
                   if PASSWORD.encode() in memory_of(pid)}
        assert holders == {"relay"}
        assert PASSWORD not in site.hermod.config.read_text()


def memory_of(pid: int) -> bytes:
    found = b""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, modes = line.split()[:2]
            if not modes.startswith("rw"):
                continue
            begin, end = (int(part, 16) for part in span.split("-"))
            try:
                memory.seek(begin)
                found += memory.read(end - begin)
            except (OSError, ValueError):
                continue
    return found


# ---- other people's servers

@pytest.mark.skipif(not (postfix.is_installed() and dovecot_sasl.is_installed()), reason="needs Postfix, Dovecot, and root")
@pytest.mark.parametrize("settings,mechanism", [("", "SCRAM-SHA-256"), ('mechanisms = ["SCRAM-SHA-1"]\n', "SCRAM-SHA-1"),
                                                ('mechanisms = ["CRAM-MD5"]\n', "CRAM-MD5"), ('mechanisms = ["PLAIN"]\n', "PLAIN"),
                                                ('mechanisms = ["LOGIN"]\n', "LOGIN")])
def test_postfix_with_dovecot(issuer, settings, mechanism):
    certificate, key = issuer.issue("localhost")
    folder = Path(tempfile.mkdtemp(prefix="hermod-sasl-"))
    folder.chmod(0o755)
    with dovecot_sasl.DovecotSasl(USER, PASSWORD, folder / "auth"), postfix.Postfix(
            "mx.isp.test", ["p@p.test"], settings={
                "smtpd_tls_security_level": "may", "smtpd_tls_cert_file": str(certificate), "smtpd_tls_key_file": str(key),
                "smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot", "smtpd_sasl_path": f"unix:{folder}/auth",
                "smtpd_tls_auth_only": "yes", "mynetworks": "127.0.0.99/32",
                "smtpd_recipient_restrictions": "permit_sasl_authenticated,reject"}) as peer:
        with Site(issuer, peer.port, settings=settings) as site:
            site.event(site.send(), "relayed")
            wait_until(lambda: peer.messages("p@p.test"), what="the mail at Postfix")
            assert f"sasl_method={mechanism}, sasl_username={USER}" in peer.log_text(), peer.log_text()
        with Site(issuer, peer.port, settings=settings, password="wrong-guess") as site:
            event = site.event(site.send(), "deferred")
            assert f"refused our login as {USER} by {mechanism}: 535 5.7.8" in event["reply"], event
            assert len(peer.messages("p@p.test")) == 1 and site.hermod.queue()


EXIM = """
exim_path = {binary}
primary_hostname = mx.isp.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
spool_directory = {folder}/spool
log_file_path = {folder}/spool/%slog
pid_file_path = {folder}/spool/pid
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
keep_environment =
deliver_drop_privilege = true
acl_smtp_rcpt = check_rcpt
begin acl
check_rcpt:
  accept authenticated = *
  deny
begin routers
all:
  driver = accept
  transport = file
begin transports
file:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  user = Debian-exim
begin authenticators
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = {password}
  server_set_id = $auth1
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth3}}{{{password}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if eq{{$auth2}}{{{password}}}}}
  server_set_id = $auth1
"""


class EximSmarthost:
    def __init__(self, issuer, folder: Path, password: str):
        certificate, key = issuer.issue("localhost", file="exim")
        key.chmod(0o644)  # it reads it as its own user
        self.folder, self.port = folder, free_port()
        for name in ("spool", "mail"):
            (folder / name).mkdir()
            os.chown(folder / name, exim.UID, exim.UID)
        for name, line in {"passwd": f"{exim.USER}:x:{exim.UID}:{exim.UID}::/:/bin/false\n", "group": f"{exim.USER}:x:{exim.UID}:\n"}.items():
            (folder / name).write_text(Path(f"/etc/{name}").read_text() + line)
        (folder / "conf").write_text(EXIM.format(binary=exim.BINARY, port=self.port, folder=folder, certificate=certificate, key=key,
                                                 password=password))

    def __enter__(self):
        mounts = "".join(f"mount --bind {self.folder}/{name} /etc/{name} && " for name in ("passwd", "group"))
        self.process = subprocess.Popen(["unshare", "-m", "sh", "-c", f"{mounts} exec {exim.BINARY} -C {self.folder}/conf -bdf -q1m"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.is_up, what="Exim up")
        return self

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.log_text()
        return "daemon started" in self.log_text()

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def log_text(self) -> str:
        return "".join(f.read_text() for f in (self.folder / "spool").glob("*log") if f.is_file())

    def messages(self) -> list[bytes]:
        new = self.folder / "mail" / "new"
        return [f.read_bytes() for f in new.iterdir()] if new.is_dir() else []


@pytest.mark.skipif(not exim.is_installed(), reason="needs Exim in build/peers (./dev test fetches it), and root")
def test_exim(issuer, tmp_path):
    tmp_path.chmod(0o755)
    password = "only-letters-and-3"  # Exim's own language has a meaning for the rest
    for above in tmp_path.parents[:2]:
        above.chmod(0o755)
    with EximSmarthost(issuer, tmp_path, password) as peer:
        for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
            before = len(peer.messages())
            with Site(issuer, peer.port, password=password, settings=f'mechanisms = ["{mechanism}"]\n') as site:
                site.event(site.send(), "relayed")
                wait_until(lambda: len(peer.messages()) == before + 1, what="the mail at Exim\n" + peer.log_text())
            authenticator = {"PLAIN": "plain", "LOGIN": "login", "CRAM-MD5": "cram"}[mechanism]
            assert f"A={authenticator}:{USER}" in peer.log_text(), peer.log_text()
            with Site(issuer, peer.port, password="wrong-guess", settings=f'mechanisms = ["{mechanism}"]\n') as site:
                assert "535" in site.event(site.send(), "deferred")["reply"]
        assert len(peer.messages()) == 3


# ---- servers that are not to be trusted, or have nothing to offer

def test_no_password_for_strangers(issuer):
    """A server with somebody else's certificate, or without encryption, is not even told who we are."""
    elsewhere = context_of(*issuer.issue("elsewhere.test"))
    for manners, reason in ((Manners(tls=elsewhere, extensions=("sink.test", "AUTH PLAIN")), "certificate verify failed"),
                            (Manners(extensions=("sink.test", "AUTH PLAIN")), "does not offer STARTTLS")):
        with Sink(manners) as sink, Site(issuer, sink.port) as site:
            event = site.event(site.send(), "deferred")
            assert reason in event["reply"], event
            assert not sink.taken


def test_not_offered(issuer):
    with Sink(Manners(tls=context_of(*issuer.issue("localhost")))) as sink, Site(issuer, sink.port) as site:
        event = site.event(site.send(), "deferred")
        assert "does not offer AUTH" in event["reply"] and not sink.taken


def test_a_server_that_cannot_prove_itself(issuer):
    """RFC 5802 §3: it takes any proof, and says yes; it is given no mail."""
    class Liar(Sink):
        def converse(self, lines, out, connection, is_second=False):
            original = lines.readline
            state = {"left": []}

            def readline():
                line = original()
                while line:
                    if line.upper().startswith(b"AUTH SCRAM-SHA-256 "):
                        first = base64.b64decode(line.split()[2]).decode()
                        nonce = re.search(r"r=(.*)$", first).group(1)
                        say = base64.b64encode(f"r={nonce}x,s=c2FsdA==,i=4096".encode()).decode()
                        out.write(f"334 {say}\r\n".encode())
                        state["left"] = [b"235 2.7.0 welcome\r\n", b"235 2.7.0 welcome\r\n"]
                    elif state["left"]:
                        out.write(state["left"].pop())
                    else:
                        return line
                    out.flush()
                    line = original()
                return line
            lines = type("Lines", (), {"readline": staticmethod(readline), "read": lines.read})()
            return super().converse(lines, out, connection, is_second)

    with Liar(Manners(tls=context_of(*issuer.issue("localhost")), extensions=("sink.test", "AUTH SCRAM-SHA-256"))) as sink:
        with Site(issuer, sink.port) as site:
            event = site.event(site.send(), "deferred")
            assert "without proving that it knows the password" in event["reply"], event
            assert not sink.taken


def test_check_says_what_is_wrong(issuer):
    site = Site(issuer, 587)
    hermod = site.hermod
    try:
        assert hermod.run("check").returncode == 0
        password = hermod.folder / "password"
        password.chmod(0o640)
        done = hermod.run("check", check=False)
        assert done.returncode == 2 and "chmod 600" in done.stderr and "route.password_file" in done.stderr
        password.chmod(0o600)
        password.write_text("")
        assert "is empty" in hermod.run("check", check=False).stderr
        password.unlink()
        assert "cannot be read" in hermod.run("check", check=False).stderr
        site.set_password(PASSWORD)
        for wrong, words in (('tls = "opportunistic"\n', "would log in also in the clear"), ('mechanisms = ["GSSAPI"]\n', "GSSAPI")):
            text = hermod.config.read_text()
            hermod.config.write_text(text.replace('username = "', wrong + 'username = "', 1))
            done = hermod.run("check", check=False)
            assert done.returncode == 2 and words in done.stderr, done.stderr
            hermod.config.write_text(text)
    finally:
        hermod.__exit__()
