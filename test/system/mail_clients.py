"""Programs that people send and read their mail with, each driven to log in by a mechanism of our choice.

What is called a password here is a token where the mechanism is one of OAUTH, and nothing where it is EXTERNAL: the listener
then names the certificate that is shown. Each returns whether it has done what it was for: sent a message to u@l.test, or read the one that says "hello".
"""
import fcntl
import os
import poplib
import pty
import select
import signal
import smtplib
import ssl
import struct
import subprocess
import tempfile
import termios
from dataclasses import dataclass
from pathlib import Path

USER = "bob@l.test"
OAUTH = ["OAUTHBEARER", "XOAUTH2"]
MESSAGE = f"From: {USER}\r\nTo: u@l.test\r\nSubject: from a client\r\n\r\nhello\r\n"


@dataclass(frozen=True)
class Listener:
    port: int
    is_implicit: bool      # TLS from the first octet
    certificate: Path      # of the issuer whom clients believe
    shown: tuple[Path, Path] | None = None  # what the client shows of itself: certificate and key

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))


def run(words: list[str], text: str = "", **options) -> subprocess.CompletedProcess:
    return subprocess.run(words, input=text, capture_output=True, text=True, timeout=120, check=False, **options)


def succeeds(words: list[str], text: str = "", **options) -> bool:
    return run(words, text, **options).returncode == 0


def write_secret(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def on_a_terminal(words: list[str], environment: dict[str, str]):
    """Runs a program that wants a screen to draw on, to its end."""
    process, terminal = pty.fork()
    if process == 0:
        try:
            os.execvpe(words[0], words, environment)
        finally:
            os._exit(127)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    try:
        while select.select([terminal], [], [], 60)[0]:
            if not os.read(terminal, 65536):
                break
    except OSError:  # nobody has the other end any more
        pass
    finally:
        os.close(terminal)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


# ---- sending

def send_by_swaks(to: Listener, mechanism: str, password: str, folder: Path) -> bool:
    return succeeds(["swaks", "--server", "127.0.0.1", "--port", str(to.port), "--tlsc" if to.is_implicit else "--tls",
                     "--auth", mechanism, "--auth-user", USER, "--auth-password", password, "--from", USER, "--to", "u@l.test",
                     "--helo", "c.test", "--silent", "3"])


def secret_for_curl(to: Listener, mechanism: str, password: str) -> list[str]:
    if mechanism in OAUTH:
        return ["--user", f"{USER}:", "--oauth2-bearer", password]
    if mechanism == "EXTERNAL":
        return ["--user", f"{USER}:", "--cert", str(to.shown[0]), "--key", str(to.shown[1])]
    return ["--user", f"{USER}:{password}"]


def send_by_curl(to: Listener, mechanism: str, password: str, folder: Path) -> bool:
    return succeeds(["curl", "--silent", "--show-error", "--url", f"smtp{'s' if to.is_implicit else ''}://localhost:{to.port}/c.test",
                     "--ssl-reqd", "--cacert", str(to.certificate), "--login-options", f"AUTH={mechanism}",
                     *secret_for_curl(to, mechanism, password), "--mail-from", USER, "--mail-rcpt", "u@l.test", "--upload-file", "-"], MESSAGE)


def send_by_msmtp(to: Listener, mechanism: str, password: str, folder: Path) -> bool:
    secret = write_secret(folder / "secret", password + "\n")
    return succeeds(["msmtp", "--host=localhost", f"--port={to.port}", "--tls=on",
                     f"--tls-starttls={'off' if to.is_implicit else 'on'}", f"--tls-trust-file={to.certificate}",
                     f"--auth={mechanism.lower()}", f"--user={USER}", f"--passwordeval=cat {secret}", f"--from={USER}",
                     *([f"--tls-cert-file={to.shown[0]}", f"--tls-key-file={to.shown[1]}"] if to.shown else []),
                     "--domain=c.test", "u@l.test"], MESSAGE)


def send_by_smtplib(to: Listener, mechanism: str, password: str, folder: Path) -> bool:
    client = (smtplib.SMTP_SSL("localhost", to.port, context=to.context(), timeout=60) if to.is_implicit else
              smtplib.SMTP("localhost", to.port, timeout=60))
    with client:
        if not to.is_implicit:
            client.starttls(context=to.context())
        client.ehlo()
        client.user, client.password = USER, password
        methods = {"PLAIN": client.auth_plain, "LOGIN": client.auth_login, "CRAM-MD5": client.auth_cram_md5}
        try:
            client.auth(mechanism, methods[mechanism])
        except smtplib.SMTPAuthenticationError as error:
            assert error.smtp_code == 535
            return False
        client.sendmail(USER, ["u@l.test"], MESSAGE)
        return True


TLS_OF_MUTT = """set ssl_starttls=yes
set ssl_force_tls=yes
set ssl_ca_certificates_file="{0}"
set certificate_file="{0}"
set ssl_verify_host=yes
set sleep_time=0
"""


def environment_of_mutt(folder: Path, terminal: str) -> dict[str, str]:
    return {"HOME": str(folder), "PATH": "/usr/bin:/bin", "TERM": terminal, "LANG": "C.UTF-8"}


def secret_for_mutt(to: Listener, protocol: str, mechanism: str, password: str, folder: Path) -> str:
    if mechanism in OAUTH:
        return f'set {protocol}_oauth_refresh_command="cat {write_secret(folder / "token", password)}"'
    if mechanism == "EXTERNAL":
        pair = write_secret(folder / "pair.pem", to.shown[0].read_text() + to.shown[1].read_text())
        return f'set ssl_client_cert="{pair}"'
    return f'set {protocol}_pass="{password}"'


def send_by_mutt(to: Listener, mechanism: str, password: str, folder: Path) -> bool:
    settings = write_secret(folder / "muttrc", TLS_OF_MUTT.format(to.certificate) + f"""
set smtp_url="smtp{'s' if to.is_implicit else ''}://{USER.replace('@', '%40')}@localhost:{to.port}"
{secret_for_mutt(to, "smtp", mechanism, password, folder)}
set smtp_authenticators="{mechanism.lower()}"
set from="{USER}"
set use_envelope_from=no
set copy=no
set hostname="c.test"
""")
    return succeeds(["mutt", "-n", "-F", str(settings), "-s", "from a client", "u@l.test"], "hello\n",
                    env=environment_of_mutt(folder, "dumb"))


def log_in_by_gsasl(to: Listener, mechanism: str, password: str, folder: Path) -> bool:
    """It only logs in."""
    done = run(["gsasl", "--smtp", "--client", f"--connect=localhost:{to.port}", f"--mechanism={mechanism}",
                f"--authentication-id={USER}", f"--authorization-id={USER}", f"--password={password}",
                f"--x509-ca-file={to.certificate}", "--verbose",
                *([f"--x509-cert-file={to.shown[0]}", f"--x509-key-file={to.shown[1]}", "--no-client-first"] if to.shown else []),
                # With a channel to bind it would say "y" to the others, which we take for a deception.
                *([] if mechanism.endswith("PLUS") else ["--no-cb"])])
    return "235 2.7.0" in done.stdout + done.stderr


# ---- reading

def read_by_curl(to: Listener, mechanism: str, password: str, folder: Path) -> bool:
    done = run(["curl", "--silent", "--url", f"pop3{'s' if to.is_implicit else ''}://localhost:{to.port}/1", "--ssl-reqd",
                "--cacert", str(to.certificate), "--login-options", f"AUTH={'+' if mechanism == 'APOP' else ''}{mechanism}",
                *secret_for_curl(to, mechanism, password)])
    return done.returncode == 0 and "hello" in done.stdout


def read_by_poplib(to: Listener, mechanism: str, password: str, folder: Path) -> bool:
    pop = (poplib.POP3_SSL("localhost", to.port, context=to.context(), timeout=60) if to.is_implicit else
           poplib.POP3("localhost", to.port, timeout=60))
    try:
        if not to.is_implicit:
            pop.stls(to.context())
        if mechanism == "APOP":
            pop.apop(USER, password)
        else:
            pop.user(USER)
            pop.pass_(password)
        return b"hello" in pop.retr(1)[1] and len(pop.uidl()[1]) == 1
    except poplib.error_proto:
        return False
    finally:
        pop.close()


def got(folder: Path) -> bool:
    return (folder / "got").exists() and b"hello" in (folder / "got").read_bytes()


def read_by_fetchmail(to: Listener, mechanism: str, password: str, folder: Path) -> bool:
    how = {"USER": "proto pop3 auth password", "CRAM-MD5": "proto pop3 auth cram-md5", "APOP": "proto apop"}[mechanism]
    settings = write_secret(folder / "rc", f'poll localhost service {to.port} {how} uidl user "{USER}" password "{password}" '
                            f'{"ssl" if to.is_implicit else "sslproto tls1.2+"} sslcertck sslcertfile "{to.certificate}" '
                            f'keep fetchall mda "cat >> {folder}/got"\n')
    run(["fetchmail", "-f", str(settings), "--pidfile", str(folder / "pid"), "--idfile", str(folder / "ids"), "-s"])
    return got(folder)


def read_by_mpop(to: Listener, mechanism: str, password: str, folder: Path) -> bool:
    secret = write_secret(folder / "secret", password + "\n")  # by itself: lines of 500 octets are too long for it
    settings = write_secret(folder / "mpoprc", f"""account default
host localhost
port {to.port}
user {USER}
passwordeval cat {secret}
auth {mechanism.lower()}
tls on
tls_starttls {'off' if to.is_implicit else 'on'}
tls_trust_file {to.certificate}
{f"tls_cert_file {to.shown[0]}" if to.shown else ""}
{f"tls_key_file {to.shown[1]}" if to.shown else ""}
keep on
uidls_file {folder}/uidls
delivery mbox {folder}/got
""")
    run(["mpop", "--quiet", f"--file={settings}"])
    return got(folder)


def read_by_getmail(to: Listener, mechanism: str, password: str, folder: Path) -> bool:
    """Only by TLS from the first octet: it knows no STLS."""
    write_secret(folder / "getmailrc", f"""[retriever]
type = SimplePOP3SSLRetriever
server = localhost
port = {to.port}
username = {USER}
password = {password}
use_apop = {'true' if mechanism == 'APOP' else 'false'}
ca_certs = {to.certificate}
[destination]
type = Mboxrd
path = {folder}/got
[options]
delete = false
""")
    (folder / "got").touch()
    somebody = {}
    if os.geteuid() == 0:  # it delivers nothing as root
        somebody = {"user": 65534, "group": 65534, "extra_groups": []}
        for path in (folder, *folder.iterdir()):
            os.chown(path, 65534, 65534)
        for above in folder.parents:  # pytest's are closed to others
            if above.is_relative_to(tempfile.gettempdir()):
                above.chmod(above.stat().st_mode | 0o011)
    run(["getmail", f"--getmaildir={folder}", "--rcfile=getmailrc"], **somebody)
    return got(folder)


def read_by_mutt(to: Listener, mechanism: str, password: str, folder: Path) -> bool:
    (folder / "got").touch()
    settings = write_secret(folder / "muttrc", TLS_OF_MUTT.format(to.certificate) + f"""
set pop_host="pop{'s' if to.is_implicit else ''}://{USER.replace('@', '%40')}@localhost:{to.port}"
{secret_for_mutt(to, "pop", mechanism, password, folder)}
set pop_authenticators="{mechanism.lower()}"
set pop_delete=no
set pop_last=no
set spoolfile="{folder}/got"
set folder="{folder}"
set mbox_type=mbox
set move=no
set quit=yes
push "<fetch-mail><exit>"
""")
    on_a_terminal(["mutt", "-n", "-F", str(settings), "-f", str(folder / "got")], environment_of_mutt(folder, "xterm"))
    return got(folder)


SCRAM = ["SCRAM-SHA-1", "SCRAM-SHA-256"]

# Each with the mechanisms that it knows. Not among them: what needs a Kerberos realm.
SENDERS = {
    "curl": (send_by_curl, ["PLAIN", "LOGIN", "CRAM-MD5", "OAUTHBEARER", "EXTERNAL"]),
    "gsasl": (log_in_by_gsasl, ["PLAIN", "LOGIN", "CRAM-MD5", *SCRAM, "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "EXTERNAL",
                                "DIGEST-MD5"]),
    "msmtp": (send_by_msmtp, ["PLAIN", "LOGIN", "CRAM-MD5", *SCRAM, *OAUTH, "EXTERNAL", "DIGEST-MD5", "NTLM"]),
    "mutt": (send_by_mutt, ["PLAIN", "LOGIN", "CRAM-MD5", *SCRAM, *OAUTH, "DIGEST-MD5", "NTLM"]),
    "smtplib": (send_by_smtplib, ["PLAIN", "LOGIN", "CRAM-MD5"]),
    "swaks": (send_by_swaks, ["PLAIN", "LOGIN", "CRAM-MD5", "CRAM-SHA1"]),
}
READERS = {
    "curl": (read_by_curl, ["PLAIN", "LOGIN", "CRAM-MD5", "APOP", "OAUTHBEARER", "EXTERNAL"]),
    "fetchmail": (read_by_fetchmail, ["USER", "CRAM-MD5", "APOP"]),
    "getmail": (read_by_getmail, ["USER", "APOP"]),
    "mpop": (read_by_mpop, ["USER", "PLAIN", "LOGIN", "CRAM-MD5", *SCRAM, "APOP", *OAUTH, "EXTERNAL", "DIGEST-MD5", "NTLM"]),
    "mutt": (read_by_mutt, ["USER", "PLAIN", "LOGIN", "CRAM-MD5", *SCRAM, "APOP", *OAUTH, "DIGEST-MD5", "NTLM"]),
    "poplib": (read_by_poplib, ["USER", "APOP"]),
}
# What Hermod does not do.
NOT_OFFERED = {"DIGEST-MD5", "CRAM-SHA1", "NTLM"}
# Who knows only one of the two ways into TLS.
ONLY_STARTTLS = {"gsasl"}
ONLY_IMPLICIT = {"getmail"}
