"""The filter that learns, by command: taught out of files, mboxes and Maildirs, asked, corrected, made to forget."""
import fcntl
import json
import os
import subprocess
from pathlib import Path

import pytest
from hermod import BINARY, let_everybody_through


class Filter:
    def __init__(self, folder: Path):
        self.folder = folder
        let_everybody_through(folder)
        (folder / "hermod.toml").write_text(f'hostname = "mx.l.test"\ndata_directory = "{folder}/data"\n')

    def run(self, *words, status: int = 0, **options) -> str:
        done = subprocess.run([BINARY, "bayes", words[0], "--config", self.folder / "hermod.toml", *words[1:]], capture_output=True, text=True, **options)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def store(self) -> Path:
        return self.folder / "data" / "policy" / "bayes"

    def probability(self, text: str, *options: str) -> float:
        return float(self.run("explain", "--brief", *options, "-", input=text).split()[0])


@pytest.fixture
def taught(tmp_path):
    bayes = Filter(tmp_path)
    for kind, words in (("spam", "cheap pills online"), ("ham", "meeting on tuesday")):
        folder = tmp_path / kind
        folder.mkdir()
        for n in range(20):
            (folder / str(n)).write_text(letter(words, f"{kind}{n}"))
        assert f"20 learned as {kind}" in bayes.run("learn", f"--{kind}", folder)
    return bayes


def letter(words: str, name: str = "x") -> str:
    return f"Message-ID: <{name}@l.test>\nFrom: a@s.test\nSubject: {words}\n\n{words}\n"


def test_it_judges_by_what_it_learned_and_says_why(taught, tmp_path):
    assert taught.probability(letter("cheap pills")) > 0.9
    assert taught.probability(letter("tuesday meeting")) < 0.05
    assert taught.probability("\n\nunheard\n") == 0.5
    told = taught.run("explain", "-", input=letter("cheap pills"))
    assert "learned from 20 messages of spam and 20 of ham" in told and "0.9985 subject:pills" in told and " cheap pills\n" in told
    assert "the server: 20 messages of spam, 20 of ham" in taught.run("show")
    shown = json.loads(taught.run("show", "--json"))
    assert shown["accounts"] == [{"account": "", "spam": 20, "ham": 20}] and shown["messages"] == 40 and shown["tokens"] > 10


def test_mboxes_and_maildirs_are_read_and_no_message_counts_twice(taught, tmp_path):
    box = tmp_path / "box"
    box.write_text("".join(f"From a@s.test Sat Jan  1 00:00:00 2026\n{letter('cheap pills online', name)}\n>From here\n\n" for name in ("m1", "m2", "m3")))
    assert "3 learned as spam, 0 corrected, 0 known before" in taught.run("learn", "--spam", box)
    assert "0 learned as spam, 0 corrected, 3 known before" in taught.run("learn", "--spam", box)
    maildir = tmp_path / "maildir"
    for part in ("cur", "new", "tmp"):
        (maildir / part).mkdir(parents=True)
    (maildir / "cur" / "1:2,S").write_text("Return-Path: <a@s.test>\n" + letter("meeting on tuesday", "ham3"))
    (maildir / "new" / "2").write_text(letter("fresh", "new"))
    (maildir / "new" / "3").symlink_to("/etc/passwd")
    (maildir / "tmp" / "4").write_text(letter("not yet", "tmp"))
    assert "1 learned as ham, 0 corrected, 1 known before" in taught.run("learn", "--ham", maildir)


def test_what_was_wrong_is_corrected_and_can_be_forgotten(taught, tmp_path):
    wrong = tmp_path / "spam" / "7"
    assert "0 learned as ham, 1 corrected" in taught.run("learn", "--ham", wrong)
    assert "19 messages of spam, 21 of ham" in taught.run("show")
    assert "1 unlearned" in taught.run("unlearn", wrong)
    assert "19 messages of spam, 20 of ham" in taught.run("show")
    taught.run("learn", "--spam", wrong, "--account", "Ann@L.test")
    assert "ann@l.test: 1 messages of spam" in taught.run("show")
    taught.run("forget", "--account", "ann@l.test")
    assert "ann@l.test" not in taught.run("show")
    taught.run("forget", "--account", "ann@l.test", status=1)
    taught.run("forget", status=2)
    taught.run("forget", "--server")
    assert taught.probability(letter("cheap pills")) == 0.5


def test_misuse_and_what_is_not_there(tmp_path):
    bayes = Filter(tmp_path)
    assert "nothing has been learned" in bayes.run("show", status=1)
    bayes.run("learn", "--spam", "--ham", "/dev/null", status=2)
    bayes.run("learn", "/dev/null", status=2)
    assert "absent" in bayes.run("learn", "--spam", tmp_path / "absent", status=1)
    assert "0 tokens" in bayes.run("expire", "--days", "10")


# ATTACKS of the kind: a store that is damaged, cut off or locked is told, and left as it is.
def test_a_store_that_cannot_be_used_is_an_error(taught):
    with taught.store.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "locked by another program" in taught.run("learn", "--spam", "-", input="x\n\ny\n", status=75)
        assert taught.probability(letter("cheap pills")) > 0.9  # readers wait for nobody
    whole = taught.store.read_bytes()
    for octets in (whole[:len(whole) // 2], b"x" * 20_000, whole[:8192] + b"\xff" * (len(whole) - 8192)):
        taught.store.write_bytes(octets)
        (taught.store.parent / "bayes-lock").unlink(missing_ok=True)
        assert "damaged" in taught.run("explain", "-", input=letter("x"), status=75)
        assert "damaged" in taught.run("learn", "--spam", "-", input=letter("x"), status=75)
        assert taught.store.read_bytes() == octets


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes other users")
def test_as_root_nothing_is_kept_as_root_and_private_folders_are_read(taught, tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    os.chown(private, 4711, 4711)
    (private / "1").write_text(letter("cheap pills online", "private"))
    os.chmod(private / "1", 0o600)
    assert "1 learned as spam" in taught.run("learn", "--spam", private)
    assert taught.store.stat().st_uid != 0 and taught.store.stat().st_mode & 0o777 == 0o600
