"""Dovecot as other mail servers use it: nothing but its passwords, behind a socket that they ask."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from hermod import wait_until

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols =
ssl = no
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service auth {{
  unix_listener {socket} {{
    mode = 0666
  }}
}}
default_internal_user = nobody
default_login_user = nobody
default_internal_group = nogroup
"""


def is_installed() -> bool:
    return shutil.which("dovecot") is not None and os.geteuid() == 0


class DovecotSasl:
    """One user and his password."""

    def __init__(self, user: str, password: str, socket: Path):
        self.folder = Path(tempfile.mkdtemp(prefix="hermod-dovecot-"))
        self.folder.chmod(0o755)
        self.socket = socket
        self.config = self.folder / "dovecot.conf"
        self.config.write_text(CONFIG.format(folder=self.folder, socket=socket))
        (self.folder / "users").write_text(f"{user}:{{plain}}{password}\n")

    def __enter__(self):
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(self.config)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.is_up, what="Dovecot up")
        return self

    def is_up(self) -> bool:
        log = self.folder / "log"
        assert self.process.poll() is None, log.read_text() if log.exists() else "Dovecot ended"
        return self.socket.exists()

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
