"""An Exim of our own: unpacked by ./dev, not installed, because its package excludes Postfix's. Its configuration, queue and
log are in one folder; it runs under a user of its own."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from hermod import ROOT, wait_until

BINARY = ROOT / "build" / "peers" / "exim" / "usr" / "sbin" / "exim4"
USER, UID = "Debian-exim", 64_925  # the name is compiled in; the number is of no account here

CONFIG = """
exim_path = {binary}
primary_hostname = {hostname}
local_interfaces = {address}
daemon_smtp_ports = 25
spool_directory = {folder}/spool
log_file_path = {folder}/spool/%slog
pid_file_path = {folder}/spool/pid
tls_advertise_hosts =
keep_environment =
log_selector = -queue_run
deliver_drop_privilege = true
acl_smtp_rcpt = accept
{settings}
begin routers
alias:
  driver = redirect
  domains = {domain}
  data = ${{if eq{{$local_part}}{{{local_part}}} {{{target}}}}}
elsewhere:
  driver = dnslookup
  domains = ! {domain}
  transport = remote
begin transports
remote:
  driver = smtp
begin retry
* * F,1h,1s
"""


def is_installed() -> bool:
    return BINARY.exists() and os.geteuid() == 0


class Exim:
    """Sends mail for one alias on to another address, and everything that is not its domain's to where the DNS says."""

    def __init__(self, hostname: str, alias: str, target: str, address: str, network, host: str,
                 settings: dict[str, str] | None = None):
        self.folder = Path(tempfile.mkdtemp(prefix="hermod-exim-"))
        self.folder.chmod(0o755)
        (self.folder / "spool").mkdir()
        os.chown(self.folder / "spool", UID, UID)
        self.log = self.folder / "spool" / "mainlog"
        self.config = self.folder / "exim.conf"
        local_part, domain = alias.split("@")
        lines = "".join(f"{key} = {value}\n" for key, value in (settings or {}).items())
        self.config.write_text(CONFIG.format(binary=BINARY, hostname=hostname, address=address, folder=self.folder, domain=domain,
                                             local_part=local_part, target=target, settings=lines))
        self.wrapper = network.wrapper(host, {"/etc/passwd": self.with_user("passwd", f"{USER}:x:{UID}:{UID}::/:/bin/false\n"),
                                              "/etc/group": self.with_user("group", f"{USER}:x:{UID}:\n")})

    def with_user(self, name: str, line: str) -> Path:
        text = "".join(entry for entry in open(f"/etc/{name}") if not entry.startswith(f"{USER}:"))
        (self.folder / name).write_text(text + line)
        return self.folder / name

    def __enter__(self):
        self.errors = open(self.folder / "errors", "w+")
        self.process = subprocess.Popen([*self.wrapper, str(BINARY), "-C", str(self.config), "-bdf", "-q2s"],
                                        stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)
        wait_until(self.is_up, what=f"Exim up, in {self.folder}")
        return self

    def is_up(self) -> bool:
        assert self.process.poll() is None, (self.folder / "errors").read_text()
        return self.log.exists() and "daemon started" in self.log_text()

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def queue(self) -> list[str]:
        """The state of each message in its queue: "frozen" is what it has given up and nobody is to be told of."""
        states = []
        for path in (self.folder / "spool" / "input").rglob("*-H"):
            try:
                states.append("frozen" if "\n-frozen " in path.read_text(errors="replace") else "moving")
            except FileNotFoundError:
                continue
        return sorted(states)

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")
