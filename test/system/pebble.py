"""A certificate authority of our own: Debian's pebble, which issues by ACME (RFC 8555), and the DNS that it believes."""
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from hermod import free_port, wait_until


def missing() -> str:
    return "" if all(shutil.which(p) for p in ("pebble", "pebble-challtestsrv", "openssl")) else "pebble is not installed"


def make_issuer(folder: Path, name: str = "issuer") -> Path:
    """A root certificate; its key lies beside it."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-days", "30", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem")
    return folder / f"{name}.pem"


def make_certificate(folder: Path, issuer: Path, host: str = "localhost") -> tuple[Path, Path]:
    """For a server: certificate and key."""
    certificate, key, request = folder / "server.pem", folder / "server.key", folder / "server.csr"
    (folder / "server.ext").write_text(f"subjectAltName=DNS:{host}\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={host}",
            "-keyout", key, "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", issuer, "-CAkey", issuer.with_suffix(".key"), "-CAcreateserial",
            "-days", "30", "-extfile", folder / "server.ext", "-out", certificate)
    return certificate, key


def openssl(*words) -> str:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Pebble:
    """`port` is where it looks for what proves a name: for http-01 and tls-alpn-01 alike."""

    def __init__(self, stale_nonces: int = 0, authorizations_kept: int = 0, validity: int = 0):
        """`validity`: seconds for which its certificates are good; 0: as long as it likes."""
        self.folder = Path(tempfile.mkdtemp(prefix="pebble-"))
        self.folder.chmod(0o755)
        self.issuer = make_issuer(self.folder)
        self.certificate, self.key = make_certificate(self.folder, self.issuer)
        self.port, self.own_port, self.management = free_port(), free_port(), free_port()
        self.dns_port, self.dns_management = free_port(), free_port()
        self.environment = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": str(stale_nonces),
                            "PEBBLE_AUTHZREUSE": str(authorizations_kept)}
        self.directory = f"https://localhost:{self.own_port}/dir"
        self.validity = validity
        self.look_at(self.port)
        self.processes = []

    def look_at(self, port: int):
        """For what proves a name; from its next start."""
        (self.folder / "config.json").write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.own_port}", "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(self.certificate), "privateKey": str(self.key),
            "httpPort": port, "tlsPort": port, "ocspResponderURL": "",
            "externalAccountBindingRequired": False,
            **({"certificateValidityPeriod": self.validity} if self.validity else {})}}))

    def __enter__(self):
        self.log = open(self.folder / "log", "ab")
        self.run("pebble-challtestsrv", "-dns01", f"127.0.0.1:{self.dns_port}", "-management",
                 f"127.0.0.1:{self.dns_management}", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "",
                 "-http01", "", "-https01", "", "-tlsalpn01", "")
        self.start()
        wait_until(lambda: accepts(self.dns_management), what="the DNS of pebble")
        return self

    def __exit__(self, *_):
        self.stop()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *words: str):
        self.processes.append(subprocess.Popen(words, env=self.environment, stdin=subprocess.DEVNULL, stdout=self.log,
                                               stderr=self.log))

    def start(self):
        self.run("pebble", "-config", str(self.folder / "config.json"), "-dnsserver", f"127.0.0.1:{self.dns_port}")
        wait_until(lambda: accepts(self.own_port), what="pebble")

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes = []

    def log_text(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-6000:]

    def status_of(self, serial: str) -> str:
        """"Valid" or "Revoked"."""
        context = ssl.create_default_context(cafile=str(self.issuer))
        with urllib.request.urlopen(f"https://localhost:{self.management}/cert-status-by-serial/{serial.lower()}",
                                    context=context) as answer:
            return json.load(answer)["Status"]

    def hook(self, fails: bool = False) -> Path:
        """What puts records into the DNS that pebble asks. It writes down how it was called."""
        program = self.folder / "hook"
        program.write_text(f"""#!/usr/bin/python3
import json, sys, urllib.request
action, name, value = sys.argv[1:]
with open("{self.folder}/calls", "a") as calls:
    print(action, name, value, file=calls)
if {fails}:
    sys.exit("no rights")
order = {{"add": ("set-txt", {{"host": name + ".", "value": value}}), "remove": ("clear-txt", {{"host": name + "."}})}}[action]
urllib.request.urlopen("http://127.0.0.1:{self.dns_management}/" + order[0], json.dumps(order[1]).encode())
""")
        program.chmod(0o755)
        (self.folder / "calls").touch()
        (self.folder / "calls").chmod(0o666)
        return program

    def calls(self) -> list[list[str]]:
        return [line.split() for line in (self.folder / "calls").read_text().splitlines()]
