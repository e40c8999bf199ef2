"""Certificates for tests: an issuer of our own, and what it signs. Made by openssl(1)."""
import subprocess
from pathlib import Path


def openssl(*words: str, **options) -> str:
    return subprocess.run(["openssl", *words], check=True, capture_output=True, text=True, timeout=60, **options).stdout


class Issuer:
    def __init__(self, folder: Path, days: int = 30):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = folder / "issuer.pem", folder / "issuer.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days), "-subj",
                "/CN=Test issuer", "-keyout", str(self.key), "-out", str(self.certificate))

    def issue(self, name: str, *names: str, kind: str = "ec", days: int = 20, file: str | None = None,
              names_are: str = "DNS", revoked_at: str = "") -> tuple[Path, Path]:
        """Paths of certificate and key for these names. Negative days: it has expired. `names_are`: or "email". `revoked_at`:
        where it says that the list of those that do not count any more is."""
        stem = file or f"{name}-{kind}"
        certificate, key, request = (self.folder / f"{stem}.{end}" for end in ("pem", "key", "csr"))
        form = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else [f"rsa:{kind}"]
        openssl("req", "-new", "-newkey", *form, "-nodes", "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(request))
        extensions = self.folder / f"{stem}.ext"
        extensions.write_text("subjectAltName=" + ",".join(f"{names_are}:{n}" for n in (name, *names)) + "\n"
                              + (f"crlDistributionPoints=URI:{revoked_at}\n" if revoked_at else ""))
        begin_and_end = ["-days", str(days)]
        if days < 0:  # `openssl x509` signs nothing that is over already: issued by `openssl ca` instead
            return self._expired(request, extensions, certificate, key)
        openssl("x509", "-req", "-in", str(request), "-CA", str(self.certificate), "-CAkey", str(self.key), "-CAcreateserial",
                "-extfile", str(extensions), "-out", str(certificate), *begin_and_end)
        return self._finish(certificate, key)

    def _expired(self, request: Path, extensions: Path, certificate: Path, key: Path) -> tuple[Path, Path]:
        place = self.folder / "expired"
        place.mkdir(exist_ok=True)
        (place / "index").write_text("")
        (place / "config").write_text(
            f"[ca]\ndefault_ca=own\n[own]\ndatabase={place}/index\nnew_certs_dir={place}\nrand_serial=yes\ndefault_md=sha256\n"
            "policy=any\n[any]\ncommonName=supplied\n")
        openssl("ca", "-batch", "-config", str(place / "config"), "-cert", str(self.certificate), "-keyfile", str(self.key),
                "-in", str(request), "-out", str(certificate), "-extfile", str(extensions), "-notext",
                "-startdate", "20200101000000Z", "-enddate", "20200201000000Z")
        return self._finish(certificate, key)

    @staticmethod
    def _finish(certificate: Path, key: Path) -> tuple[Path, Path]:
        certificate.chmod(0o644)
        key.chmod(0o600)
        return certificate, key


def self_signed(folder: Path, name: str) -> tuple[Path, Path]:
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
            f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(certificate))
    key.chmod(0o600)
    return certificate, key


def prime_of(key: Path) -> bytes:
    """What nobody but the holder of an RSA key knows: its first prime, most significant octet first."""
    text = openssl("rsa", "-in", str(key), "-noout", "-text")
    lines = text.split("prime1:\n", 1)[1].split("prime2:", 1)[0]
    return bytes.fromhex(lines.replace(":", "").replace("\n", "").replace(" ", "")).lstrip(b"\0")
