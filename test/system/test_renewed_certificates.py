"""Certificates that somebody else renews are taken into use without a command: certbot by links, lego and uacme by renaming,
people by rewriting. Whatever lies there half written, clients are shown a certificate that has its key."""
import os
import shutil
import ssl
from pathlib import Path

import pytest
from certificates import Issuer
from hermod import Hermod, wait_until


class Place:
    """certificate.pem and key.pem, as the configuration names them."""

    def __init__(self, folder: Path):
        self.issuer = Issuer(folder / "issuer")
        self.folder = folder / "live"
        self.folder.mkdir()
        self.certificate, self.key = self.folder / "certificate.pem", self.folder / "key.pem"
        self.count = 0

    def issue(self, kind: str = "ec") -> tuple[Path, Path]:
        self.count += 1
        return self.issuer.issue("mx.l.test", kind=kind, file=f"pair-{self.count}")

    def rename_into_place(self, certificate: Path, key: Path):
        for source, target in ((certificate, self.certificate), (key, self.key)):
            copied = self.folder / ".new"
            shutil.copy(source, copied)
            copied.rename(target)

    def rewrite(self, certificate: Path, key: Path):
        self.certificate.write_bytes(certificate.read_bytes())
        self.key.write_bytes(key.read_bytes())

    def switch_links(self, certificate: Path, key: Path):
        for source, target in ((certificate, self.certificate), (key, self.key)):
            target.unlink(missing_ok=True)
            target.symlink_to(os.path.relpath(source, self.folder))

    def switch_folder(self, certificate: Path, key: Path):
        """acmed's way, and that of those who keep a folder for each version."""
        made = self.folder.with_name(f"version-{self.count}")
        made.mkdir()
        shutil.copy(certificate, made / "certificate.pem")
        shutil.copy(key, made / "key.pem")
        link = self.folder.with_name("link")
        link.symlink_to(made.name)
        if not self.folder.is_symlink():
            self.folder.rename(self.folder.with_name("before"))
        link.rename(self.folder)


def shown(server: Hermod) -> bytes:
    with server.client() as client:
        client.starttls()
        return client.socket.getpeercert(binary_form=True)


def der(certificate: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.read_text())


def events(server: Hermod, name: str) -> list[dict]:
    return [event for event in server.events() if event["event"] == name]


@pytest.fixture
def place(tmp_path):
    tmp_path.chmod(0o755)
    return Place(tmp_path)


@pytest.fixture
def server(place):
    place.rename_into_place(*place.issue())
    with Hermod(extra=f'[tls]\ncertificate = "{place.certificate}"\nkey = "{place.key}"\n'
                f'client_authorities = "{place.issuer.certificate}"\n') as hermod:
        yield hermod


def wait_until_shown(server: Hermod, certificate: Path):
    wait_until(lambda: shown(server) == der(certificate), what=f"{certificate}\n{server.log_text()[-2000:]}")


@pytest.mark.parametrize("way", ["rename_into_place", "rewrite", "switch_links", "switch_folder"])
def test_renewed_certificates_are_shown(server, place, way):
    with server.client() as before:
        before.starttls()
        before.begin()
        # What stands half edited in the configuration file meanwhile is nobody's business.
        server.config.write_text(server.config.read_text() + "\n[limits\n")
        for number, kind in enumerate(("ec", "2048", "ec"), 1):  # also to another kind of key
            pair = place.issue(kind)
            getattr(place, way)(*pair)
            wait_until_shown(server, pair[0])
            wait_until(lambda: len(events(server, "certificates_renewed")) >= number, what="a word in the log")
        assert before.say("NOOP")[0] == 250
    assert not events(server, "reload_refused") and not events(server, "process_died")
    with server.client() as client:
        client.starttls()
        client.deliver(b"Subject: x\r\n\r\nx\r\n")


def test_a_pair_that_does_not_match_is_not_taken_and_told_of_once(server, place):
    old = der(place.certificate)
    certificate, key = place.issue()
    place.certificate.write_bytes(certificate.read_bytes())
    wait_until(lambda: events(server, "certificates_kept"), what="a word about the key")
    assert "is not the key of the certificate" in events(server, "certificates_kept")[0]["reason"]
    assert shown(server) == old
    place.certificate.touch()  # looked at again, and nothing new to tell
    fresh, fresh_key = place.issue()
    place.certificate.write_bytes(b"-----BEGIN CERTIFICATE-----\n" + certificate.read_bytes()[40:90])
    wait_until(lambda: len(events(server, "certificates_kept")) >= 2, what="a word about the certificate")
    assert shown(server) == old
    place.certificate.unlink()
    wait_until(lambda: len(events(server, "certificates_kept")) >= 3, what="a word about its absence")
    assert "cannot be read" in events(server, "certificates_kept")[2]["reason"]
    assert shown(server) == old
    place.rename_into_place(fresh, fresh_key)
    wait_until_shown(server, fresh)
    reasons = [event["reason"] for event in events(server, "certificates_kept")]
    assert all(one != next_ for one, next_ in zip(reasons, reasons[1:])), reasons
    assert len(events(server, "certificates_renewed")) == 1


def test_a_slow_writer_is_waited_for(server, place):
    """Octet by octet, as over a slow network file system: nothing is looked at before he has come to rest."""
    old = der(place.certificate)
    certificate, key = place.issue()
    text = certificate.read_bytes()
    shutil.copy(key, place.folder / ".key")
    with open(place.certificate, "wb", buffering=0) as file:
        for begin in range(0, len(text), 64):
            file.write(text[begin:begin + 64])
            assert shown(server) == old
    (place.folder / ".key").rename(place.key)
    wait_until_shown(server, certificate)


def test_beside_others(server, place, tmp_path):
    """[[tls.also]] is watched likewise, and taken in by a reload."""
    (tmp_path / "second").mkdir()
    second = Place(tmp_path / "second")
    second.rename_into_place(*second.issue("2048"))
    server.config.write_text(server.config.read_text() + f'[[tls.also]]\ncertificate = "{second.certificate}"\nkey = "{second.key}"\n')
    server.run("reload")
    pair = second.issue("2048")
    second.rewrite(*pair)
    wait_until(lambda: events(server, "certificates_renewed"), what="a word in the log")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("aRSA")
    with server.client() as client:
        client.starttls(context)
        assert client.socket.getpeercert(binary_form=True) == der(pair[0])
