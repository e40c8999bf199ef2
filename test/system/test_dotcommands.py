"""The programs that .qmail files call, by the names and exit statuses that qmail gave them. qmail-command(8)."""
import os
import stat
import subprocess

import pytest
from hermod import BINARY

MESSAGE = b"Subject: x\n\nhello\n"
LINES = {"UFLINE": "From a@s.test Mon Nov 23 00:00:00 2026\n", "RPLINE": "Return-Path: <a@s.test>\n",
         "DTLINE": "Delivered-To: u@l.test\n"}


def call(name: str, *words: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run([str(BINARY.with_name(name)), *words], input=MESSAGE, capture_output=True, timeout=20, **options)


@pytest.mark.parametrize("words, status, said", [
    (["go away"], 100, b"go away\n"),
    (["go away", "true"], 100, b"go away\n"),
    (["go away", "false"], 0, b""),
    (["go away", "sh", "-c", "exit 99"], 0, b""),
    (["go away", "sh", "-c", "exit 111"], 111, b""),
    (["go away", "/does/not/exist"], 111, b""),
    (["go away", "sh", "-c", "kill -9 $$"], 111, b""),
    (["go away", "grep", "-q", "^Subject: x"], 100, b"go away\n"),
    ([], 100, b""),
])
def test_bouncesaying(words, status, said):
    done = call("bouncesaying", *words)
    assert (done.returncode, done.stdout) == (status, said)


@pytest.mark.parametrize("words, status", [
    (["true"], 100), (["false"], 0), (["sh", "-c", "exit 100"], 0), (["sh", "-c", "exit 99"], 0),
    (["sh", "-c", "exit 111"], 111), (["/does/not/exist"], 111), (["grep", "-q", "^Subject: x"], 100), ([], 100),
])
def test_except(words, status):
    assert call("except", *words).returncode == status


@pytest.mark.parametrize("options, names", [
    ([], ["UFLINE", "RPLINE", "DTLINE"]), (["-d"], ["UFLINE", "RPLINE"]), (["-f"], ["RPLINE", "DTLINE"]),
    (["-r"], ["UFLINE", "DTLINE"]), (["-df"], ["RPLINE"]), (["-d", "-f", "-r"], []),
])
def test_preline(options, names):
    done = call("preline", *options, "cat", env={**os.environ, **LINES})
    assert done.stdout == "".join(LINES[name] for name in names).encode() + MESSAGE
    assert done.returncode == 0


def test_preline_ends_as_the_program_does():
    assert call("preline", "sh", "-c", "exit 99", env={**os.environ, **LINES}).returncode == 99
    assert call("preline", "-x", "cat").returncode == 100
    assert call("preline").returncode == 100


def test_preline_feeds_a_program_that_stops_reading():
    big = subprocess.run([str(BINARY.with_name("preline")), "head", "-c", "5"], input=b"x" * 5_000_000, capture_output=True,
                         timeout=20, env={**os.environ, **LINES})
    assert (big.returncode, big.stdout) == (0, b"From ")


def test_maildirmake(tmp_path):
    maildir = tmp_path / "Maildir"
    assert call("maildirmake", str(maildir)).returncode == 0
    for folder in (maildir, *(maildir / below for below in ("tmp", "new", "cur"))):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert call("maildirmake", str(maildir)).returncode == 111
    assert call("maildirmake").returncode == 100
