"""Zones signed by ldns-signzone, served by NSD, and a running server that validates what it is told (dns.trust_anchors): a broken
signature is trouble of the DNS for SPF, DKIM and DMARC, and never a pass. RFC 4035 §4.3, §5; RFC 7208 §2.6.6; RFC 6376 §6.1.2."""
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hermod import BINARY, Hermod, free_port, wait_until
from test_examination import ours, send

STRANGER = "127.0.0.2"
PROGRAMS = ("nsd", "ldns-keygen", "ldns-signzone", "drill")
pytestmark = pytest.mark.skipif(not all(shutil.which(program) for program in PROGRAMS), reason="needs NSD and ldnsutils")

ZONES = ["sound", "spf-changed", "key-changed", "policy-changed", "expired", "stripped", "unsigned"]


def make_key(folder: Path, name: str) -> str:
    """Of DKIM: the public half."""
    done = subprocess.run([str(BINARY), "dkim", "keygen", "--domain", f"{name}.example", "--selector", "s", "--algorithm", "ed25519-sha256",
                           "--key", str(folder / f"{name}.pem"), "--json"], capture_output=True, check=True)
    return json.loads(done.stdout)["record"].partition("p=")[2]


class SignedZones:
    """Each lets STRANGER send, has a key, and wants forgeries rejected; but where something was changed after signing, the owner
    had said otherwise of that."""

    signing = {"expired": ["-i", "20190101", "-e", "20200101"]}  # further words for ldns-signzone

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        folder.chmod(0o755)
        self.anchors = folder / "anchors"
        anchors = ""
        statements = ""
        for name in ZONES:
            own, foreign = (make_key(folder, key) for key in (name, f"{name}-owner"))
            forged = {"spf-changed": ("ip4:203.0.113.1", f"ip4:{STRANGER}"), "key-changed": (foreign, own), "policy-changed": ("p=none", "p=reject")}.get(name, ("", ""))
            text = self.zone(f"{name}.example", own)
            if forged[0]:
                assert text.count(forged[1]) == 1, (name, text)
                text = text.replace(forged[1], forged[0])
            (folder / name).write_text(text)
            if name != "unsigned":
                anchors += self.sign(name, forged)
            statements += f'zone:\n name: {name}.example\n zonefile: {name}\n'
        self.anchors.write_text("; the zones of a laboratory\n" + anchors)
        (folder / "conf").write_text(f"server:\n ip-address: 127.0.0.1@{self.port}\n username: \"\"\n chroot: \"\"\n zonesdir: \"{folder}\"\n pidfile: \"\"\n database: \"\"\n"
                                     f" xfrdfile: \"{folder}/xfrd\"\n zonelistfile: \"{folder}/zonelist\"\n cookie-secret-file: \"\"\n server-count: 1\n"
                                     f"remote-control:\n control-enable: no\n{statements}")

    @staticmethod
    def zone(origin: str, key: str) -> str:
        return (f"$ORIGIN {origin}.\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n@ MX 10 mail\nmail A 127.0.0.1\n"
                f'@ TXT "v=spf1 ip4:{STRANGER} -all"\n_dmarc TXT "v=DMARC1; p=reject"\ns._domainkey TXT "v=DKIM1; k=ed25519; p={key}"\n')

    def sign(self, name: str, forged: tuple[str, str]) -> str:
        """Its anchor."""
        def run(*words: str) -> str:
            return subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=True).stdout
        key = run("ldns-keygen", "-r", "/dev/urandom", "-a", "ECDSAP256SHA256", "-k", f"{name}.example").strip()
        if name != "stripped":
            run("ldns-signzone", *self.signing.get(name, []), "-f", f"{name}.signed", name, key)
            text = (self.folder / f"{name}.signed").read_text()
            assert text.count(forged[0]) >= 1
            (self.folder / name).write_text(text.replace(*forged) if forged[0] else text)
        return (self.folder / f"{key}.ds").read_text()

    def __enter__(self):
        self.process = subprocess.Popen(["nsd", "-d", "-c", str(self.folder / "conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.is_up, what="NSD")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def is_up(self) -> bool:
        done = subprocess.run(["drill", "-p", str(self.port), "@127.0.0.1", "sound.example", "SOA"], capture_output=True, text=True, check=False)
        return "NOERROR" in done.stdout

    def signed(self, name: str) -> bytes:
        """A message from there, by the key that is served."""
        message = f"From: ann@{name}.example\r\nTo: u@l.test\r\nSubject: x\r\nDate: Fri, 27 Nov 2026 20:00:00 +0000\r\nMessage-ID: <1@x>\r\n\r\nx\r\n".encode()
        return subprocess.run([str(BINARY), "dkim", "sign", "--domain", f"{name}.example", "--selector", "s", "--key", str(self.folder / f"{name}.pem"),
                               "--algorithm", "ed25519-sha256"], input=message, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def signed_zones(tmp_path_factory):
    with SignedZones(tmp_path_factory.mktemp("zones")) as zones:
        yield zones


def hermod(zones: SignedZones, settings: str, is_validating: bool = True) -> Hermod:
    anchors = f'trust_anchors = "{zones.anchors}"\n' if is_validating else ""
    server = Hermod(extra=f'[dns]\nresolver = "127.0.0.1:{zones.port}"\n{anchors}{settings}')
    for folder in (zones.folder, *zones.folder.parents):  # processes of other users read the anchors
        if folder.stat().st_mode & 0o055 != 0o055 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    return server


@pytest.mark.parametrize("is_validating", [True, False])
def test_spf(signed_zones, is_validating):
    with hermod(signed_zones, '[spf]\nbehavior = "defer"\nhelo = false\n', is_validating) as server, server.client(source=STRANGER) as client:
        client.hello()
        for name in ZONES:
            assert client.say(f"MAIL FROM:<ann@{name}.example>")[0] == 250
            code, text = client.say("RCPT TO:<u@l.test>")
            is_broken = is_validating and name in ("spf-changed", "expired", "stripped")
            assert (code, text.split()[0]) == ((451, "4.7.24") if is_broken else (250, "2.1.5")), (name, code, text)
            client.say("RSET")


# Whether the key can be believed, and the policy
EXPECTED = {"sound": ("pass", "pass"), "unsigned": ("pass", "pass"), "spf-changed": ("pass", "pass"), "key-changed": ("temperror", "temperror"),
            "policy-changed": ("pass", "temperror"), "expired": ("temperror", "temperror"), "stripped": ("temperror", "temperror")}


@pytest.mark.parametrize("is_validating", [True, False])
def test_dkim_and_dmarc(signed_zones, is_validating):
    with hermod(signed_zones, '[dmarc]\nbehavior = "record"\n', is_validating) as server:
        for count, (name, expected) in enumerate(EXPECTED.items(), start=1):
            dkim, dmarc = expected if is_validating else ("pass", "pass")
            assert send(server, signed_zones.signed(name), "a@elsewhere.test")[0] == 250
            line = next(line for message in server.wait_for(count) for line in ours(message) if f"header.from={name}.example" in line)
            assert f"dkim={dkim} " in line and f"dmarc={dmarc} " in line, line


@pytest.mark.parametrize("is_validating", [True, False])
def test_what_cannot_be_validated_has_to_wait(signed_zones, is_validating):
    with hermod(signed_zones, '[dmarc]\nbehavior = "reject"\n', is_validating) as server:
        for name, (_, dmarc) in EXPECTED.items():
            code, text = send(server, signed_zones.signed(name), "a@elsewhere.test")
            is_broken = is_validating and dmarc == "temperror"
            assert code == 451 and text.startswith("4.7.0 ") if is_broken else code == 250, (name, code, text)


def test_anchors_that_are_none_are_told(signed_zones):
    server = hermod(signed_zones, '[spf]\nbehavior = "record"\n')
    server.config.write_text(server.config.read_text().replace(str(signed_zones.anchors), "/nonexistent/anchors"))
    done = server.run("check", check=False)
    assert done.returncode == 2 and "dns.trust_anchors" in done.stdout + done.stderr
    other = signed_zones.anchors.with_name("other")
    other.write_text("this is no anchor\n")
    server.config.write_text(server.config.read_text().replace("/nonexistent/anchors", str(other)))
    done = server.run("check", check=False)
    assert done.returncode == 2 and "line 1 is no DS or DNSKEY record" in done.stderr, done.stderr
