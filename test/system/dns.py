"""Name servers of our own: NSD with the zones of a small lab, and Unbound that asks it."""
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from hermod import free_port, wait_until

# Three sites with an exchanger each; besides, domains with odd DNS.
ZONES = {
    "st13.example": "@ MX 10 mail\nmail A 127.0.13.1\n",
    "st12.example": "@ MX 10 mail\nmail A 127.0.13.2\n",
    "st3.example": "@ MX 10 dead\n@ MX 20 mail\nmail A 127.0.13.3\ndead A 127.0.13.9\n",
    "nomail.example": "@ MX 0 .\n",
    "implicit.example": "@ A 127.0.13.3\n",
    "circular.example": "@ MX 10 mail.st13.example.\n",
}


def is_installed() -> bool:
    return all(shutil.which(program) for program in ("nsd", "unbound"))


class Names:
    def __init__(self, zones: dict[str, str] = ZONES, address: str = "127.0.0.1", port: int = 0,
                 wrapper: tuple[str, ...] = (), probe: tuple[str, str] = ("st13.example", "MX"), is_changing: bool = False, silent: str = ""):
        """`silent`: a zone whose name server hears and never answers."""
        self.address, self.wrapper, self.probe = address, wrapper, probe
        self.folder = Path(tempfile.mkdtemp(prefix="hermod-dns-"))
        self.folder.chmod(0o755)
        self.nsd_port, self.port = free_port(), port or free_port()
        self.deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.deaf.bind(("127.0.0.1", 0))
        stubs = {"example": self.nsd_port} | {name: self.nsd_port for name in zones if name.endswith(".arpa")}
        if silent:
            stubs[silent] = self.deaf.getsockname()[1]
        usual = "".join(f'  local-zone: "{name}." nodefault\n' for name in stubs if name.endswith(".arpa"))
        statements = ""
        for name, records in zones.items():
            text = f"$ORIGIN {name}.\n$TTL 60\n@ SOA ns hostmaster 1 60 60 600 60\n@ NS ns\nns A 127.0.0.1\n"
            (self.folder / name).write_text(text + records)
            statements += f'zone:\n  name: "{name}"\n  zonefile: "{self.folder}/{name}"\n'
        (self.folder / "nsd.conf").write_text(f"""
server:
  ip-address: 127.0.0.1@{self.nsd_port}
  username: ""
  chroot: ""
  zonesdir: "{self.folder}"
  database: ""
  pidfile: "{self.folder}/nsd.pid"
  xfrdfile: "{self.folder}/xfrd"
  zonelistfile: "{self.folder}/zone.list"
  server-count: 1
remote-control:
  control-enable: no
{statements}""")
        (self.folder / "unbound.conf").write_text(f"""
server:
  interface: {address}@{self.port}
  access-control: 0.0.0.0/0 allow
  username: ""
  chroot: ""
  directory: "{self.folder}"
  pidfile: "{self.folder}/unbound.pid"
  use-syslog: no
  logfile: "{self.folder}/unbound.log"
  do-not-query-localhost: no
  cache-max-ttl: {0 if is_changing else 86400}
  cache-max-negative-ttl: {0 if is_changing else 3600}
  module-config: "iterator"
{usual}""" + "".join(f'stub-zone:\n  name: "{name}"\n  stub-addr: 127.0.0.1@{port}\n' for name, port in stubs.items()))

    def __enter__(self):
        # A zone above all of them, so that what does not exist is answered.
        (self.folder / "example").write_text("$ORIGIN example.\n$TTL 60\n@ SOA ns hostmaster 1 60 60 600 60\n@ NS ns\n"
                                             "ns A 127.0.0.1\n")
        with open(self.folder / "nsd.conf", "a") as config:
            config.write(f'zone:\n  name: "example"\n  zonefile: "{self.folder}/example"\n')
        quiet = {"stdout": subprocess.DEVNULL, "stderr": open(self.folder / "errors", "w"), "stdin": subprocess.DEVNULL}
        self.processes = [subprocess.Popen([*self.wrapper, "nsd", "-d", "-c", str(self.folder / "nsd.conf")], **quiet),
                          subprocess.Popen([*self.wrapper, "unbound", "-d", "-c", str(self.folder / "unbound.conf")],
                                           **quiet)]
        wait_until(lambda: self.ask(*self.probe), what="name servers up")
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.wait()
        self.deaf.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def change(self, zone: str, records: str):
        """Another content, with is_changing; known to whoever asks when this returns."""
        self.serial = getattr(self, "serial", 1) + 1
        (self.folder / zone).write_text(f"$ORIGIN {zone}.\n$TTL 60\n@ SOA ns hostmaster {self.serial} 60 60 600 60\n@ NS ns\nns A 127.0.0.1\n{records}")
        self.processes[0].send_signal(signal.SIGHUP)
        wait_until(lambda: f" {self.serial} " in self.ask(zone, "SOA"), what="the changed zone")

    def ask(self, name: str, kind: str) -> str:
        done = subprocess.run([*self.wrapper, "dig", "+short", "+time=1", "+tries=1", "-p", str(self.port),
                               f"@{self.address}", name, kind], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""
