"""opendkim and opendmarc of Debian, as Postfix asks them; and keys for them. They have a resolver of ours in place of the system's."""
import base64
import socket
import subprocess
from pathlib import Path

from hermod import free_port, wait_until

OPENDKIM, OPENDMARC = "/usr/sbin/opendkim", "/usr/sbin/opendmarc"


class Milters:
    def __init__(self, folder: Path, resolver: str, **settings: str):
        """`settings`: of each, by its name. `dmarc` is opendmarc, all others opendkim."""
        (folder / "resolv.conf").write_text(f"nameserver {resolver}\n")
        self.covered = ("unshare", "-m", "sh", "-c", f'mount --bind {folder}/resolv.conf /etc/resolv.conf && exec "$@"', "sh")
        self.folder, self.ports = folder, {name: free_port() for name in settings}
        for name, text in settings.items():
            (folder / f"{name}.conf").write_text(f"Socket inet:{self.ports[name]}@127.0.0.1\nSyslog no\nUserID root\nPidFile {folder}/{name}.pid\n{text}")

    def address(self, *names: str) -> str:
        """For smtpd_milters."""
        return ",".join(f"inet:127.0.0.1:{self.ports[name]}" for name in names)

    def said(self) -> str:
        return (self.folder / "milters").read_text()

    def __enter__(self):
        quiet = {"stdin": subprocess.DEVNULL, "stdout": open(self.folder / "milters", "w"), "stderr": subprocess.STDOUT}
        self.processes = [subprocess.Popen([*self.covered, *((OPENDMARC, "-f", "-c") if name == "dmarc" else (OPENDKIM, "-f", "-x")),
                                            str(self.folder / f"{name}.conf")], **quiet) for name in self.ports]
        for port in self.ports.values():
            wait_until(lambda: self.is_up(port), what="a milter")
        return self

    def is_up(self, port: int) -> bool:
        assert all(process.poll() is None for process in self.processes), self.said()
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return True
        except OSError:
            return False

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.wait()


def make_key(folder: Path, name: str, *kind: str) -> tuple[Path, str]:
    """By openssl(1): its file, and the record that publishes it, as a zone has it."""
    file = folder / f"{name}.pem"
    subprocess.run(["openssl", "genpkey", *kind, "-out", str(file)], check=True, capture_output=True)
    public = subprocess.run(["openssl", "pkey", "-in", str(file), "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    is_rsa = kind[1] == "RSA"
    text = f"v=DKIM1; k={'rsa' if is_rsa else 'ed25519'}; p=" + base64.b64encode(public if is_rsa else public[-32:]).decode()
    return file, " ".join(f'"{text[at:at + 200]}"' for at in range(0, len(text), 200))


RSA = ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
ED25519 = ("-algorithm", "ED25519")
