"""A Postfix of our own beside the system's: its configuration, queue and log in one folder."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from hermod import free_port, wait_until

MASTER = """
{port} inet n - n - - smtpd
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def is_installed() -> bool:
    return Path("/usr/sbin/postfix").exists() and os.geteuid() == 0


class Postfix:
    """Takes mail for the mailboxes given into Maildirs below `folder`/mail; everything else goes to the relay host."""

    def __init__(self, hostname: str, mailboxes=(), relayhost: str = "", settings: dict[str, str] | None = None,
                 address: str = "127.0.0.1", port: int = 0, wrapper: tuple[str, ...] = ()):
        self.wrapper = wrapper  # what it is started by, such as nsenter(1)
        self.folder = Path(tempfile.mkdtemp(prefix="hermod-postfix-"))
        self.folder.chmod(0o755)
        self.port = port or free_port()
        self.log = self.folder / "log"
        config = self.folder / "etc"
        for name in ("etc", "queue", "data", "mail"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix", "postfix")
        (config / "master.cf").write_text(MASTER.format(port=f"{address}:{self.port}"))
        (config / "mailboxes").write_text("".join(f"{m} {m.split('@')[1]}/{m.split('@')[0]}/\n" for m in mailboxes))
        shutil.chown(self.folder / "mail", "nobody")
        domains = ",".join(sorted({m.split("@")[1] for m in mailboxes}))
        values = {
            "compatibility_level": "3.6", "queue_directory": f"{self.folder}/queue", "data_directory": f"{self.folder}/data",
            "command_directory": "/usr/sbin", "daemon_directory": "/usr/lib/postfix/sbin", "mail_owner": "postfix",
            "setgid_group": "postdrop", "maillog_file": str(self.log), "maillog_file_prefixes": str(self.folder),
            "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4", "myhostname": hostname, "mydestination": "",
            "mynetworks": "127.0.0.0/8", "relayhost": relayhost, "alias_maps": "", "alias_database": "",
            "virtual_mailbox_domains": domains, "virtual_mailbox_base": f"{self.folder}/mail",
            "virtual_mailbox_maps": f"texthash:{config}/mailboxes", "virtual_uid_maps": "static:65534",
            "virtual_gid_maps": "static:65534", "smtpd_recipient_restrictions": "permit_mynetworks,reject",
            "message_size_limit": "104857600", "virtual_mailbox_limit": "0", "mailbox_size_limit": "0",
            "smtpd_client_connection_count_limit": "0", "smtpd_client_connection_rate_limit": "0",
            "smtputf8_autodetect_classes": "all", "smtp_tls_security_level": "none", "smtpd_tls_security_level": "none",
            **(settings or {}),
        }
        (config / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in values.items()))

    def __enter__(self):
        self.command("start")
        wait_until(lambda: self.log.exists() and "daemon started" in self.log.read_text(), what="Postfix up")
        return self

    def __exit__(self, *_):
        self.command("stop")
        wait_until(lambda: subprocess.run(["postfix", "-c", str(self.folder / "etc"), "status"], check=False,
                                          capture_output=True).returncode != 0, what="Postfix down")
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, word: str):
        subprocess.run([*self.wrapper, "postfix", "-c", str(self.folder / "etc"), word], check=True, capture_output=True)

    def send(self, sender: str, recipients: list[str], message: bytes, *options: str):
        subprocess.run(["/usr/sbin/sendmail", "-C", str(self.folder / "etc"), "-f", sender, *options, "-i", "--", *recipients],
                       input=message, check=True, capture_output=True)

    def messages(self, address: str) -> list[bytes]:
        local, domain = address.split("@")
        new = self.folder / "mail" / domain / local / "new"
        return [file.read_bytes() for file in sorted(new.iterdir())] if new.is_dir() else []

    def master_pid(self) -> int:
        return int((self.folder / "queue" / "pid" / "master.pid").read_text())

    def waiting(self) -> int:
        """Messages in its queue."""
        folders = ("maildrop", "incoming", "active", "deferred")
        return sum(path.is_file() for name in folders for path in (self.folder / "queue" / name).rglob("*"))

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")
