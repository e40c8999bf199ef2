"""A user of this system for one server only: its processes see an /etc/passwd in which he stands."""
import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from hermod import Hermod, wait_until

UID = 41_234


def can_have_users() -> bool:
    """Root, and allowed to cover /etc/passwd for one server alone."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode == 0


class Home:
    """joe's, at `folder`/home/joe, and the passwd in which he stands."""

    def __init__(self, folder: Path):
        self.home = folder / "home" / "joe"
        self.home.mkdir(parents=True)
        self.passwd = folder / "passwd"
        self.passwd.write_text(Path("/etc/passwd").read_text() + f"joe:x:{UID}:{UID}::{self.home}:/bin/sh\n")

    def is_emptied(self) -> bool:
        """A worker that is about to end may still be at home."""
        for entry in self.home.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                    entry.unlink()
        return not any(self.home.iterdir())

    def empty(self):
        wait_until(self.is_emptied, what="an empty home")
        self.home.chmod(0o755)
        os.chown(self.home, UID, UID)

    def write(self, name: str, text: str | bytes, mode: int = 0o600, owner: int = UID) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.parent != self.home:
            os.chown(path.parent, UID, UID)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        os.chown(path, owner, owner)
        return path

    def make_maildir(self, name: str):
        for part in ("", "tmp", "new", "cur"):
            (self.home / name / part).mkdir(parents=True, exist_ok=True)
        path = self.home / name
        while path != self.home:
            for made in (path, *path.iterdir()):
                os.chown(made, UID, UID)
            path = path.parent

    def mails(self, name: str = "Maildir") -> list[bytes]:
        """What is in a Maildir of joe's, or in an mbox: each message of it."""
        path = self.home / name
        try:
            mbox = path.read_bytes()
        except FileNotFoundError:
            return []
        except IsADirectoryError:  # perhaps still being made
            return [file.read_bytes() for file in sorted(path.glob("new/*"))]
        return [b"From " + part for part in (b"\n" + mbox).split(b"\nFrom ")[1:]]


class ServerWithUser(Home, Hermod):
    """joe is at home in `folder`/home/joe; his domain honours his instructions."""

    def __init__(self, instructions: str = "qmail", delimiters: str = "-", extra: str = "", top: str = ""):
        folder = Path(tempfile.mkdtemp(prefix="hermod-test-"))
        Home.__init__(self, folder)
        covered = ("unshare", "-m", "sh", "-c", f'mount --bind {self.passwd} /etc/passwd && exec "$@"', "sh")
        Hermod.__init__(self, folder=folder, wrapper=covered, top=top, extra=f"""
[local]
program_time = "3s"
[domains."q.test"]
instructions = "{instructions}"
delimiters = "{delimiters}"
[domains."plain.test"]
delimiters = "{delimiters}"
[domains."owned.test"]
owner = "joe"
[domains."mx.l.test"]
instructions = "{instructions}"
delimiters = "{delimiters}"
{extra}
""")
        self.owns_folder = True
        self.clear()

    def clear(self):
        """An empty home, and nothing on its way."""
        if self.process:
            # An attempt that goes on would write into the home that is being emptied.
            wait_until(lambda: not any(recipient["state"] == "trying" for message in self.queue()
                                       for recipient in message["recipients"]), what="nothing under way")
            for message in self.queue():
                self.run("queue", "remove", message["id"], check=False)
            self.wait_idle()
        self.empty()
