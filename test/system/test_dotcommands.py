"""The programs that .qmail files call, by the names and exit statuses that qmail gave them. qmail-command(8)."""
import os
import stat
import subprocess

import pytest
from hermod import BINARY, Hermod

MESSAGE = b"Subject: x\n\nhello\n"
LINES = {"UFLINE": "From a@s.test Mon Nov 23 00:00:00 2026\n", "RPLINE": "Return-Path: <a@s.test>\n",
         "DTLINE": "Delivered-To: user-list@l.test\n"}


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


@pytest.fixture(scope="module")
def server():
    with Hermod(mailboxes=["u@l.test", "w@l.test"]) as hermod:
        yield hermod


def environment(hermod, sender: str = "a@s.test") -> dict:
    return {**os.environ, **LINES, "NEWSENDER": sender, "HERMOD_CONFIG": str(hermod.config)}


def test_forward(server):
    done = call("forward", "u@l.test", "w@l.test", env=environment(server))
    assert done.returncode == 0, done.stderr
    for box in ("u@l.test", "w@l.test"):
        message = server.wait_for(1, box)[0]
        assert message.startswith(f"Return-Path: <a@s.test>\nDelivered-To: {box}\n".encode())
        assert message.endswith(b"\n" + LINES["DTLINE"].encode() + MESSAGE)  # nothing of it is repaired
    assert call("forward").returncode == 100
    assert call("forward", "u@l.test", env={**environment(server), "HERMOD_CONFIG": "/does/not/exist"}).returncode == 111


def test_forward_makes_variable_senders_out(server):
    before = len(server.messages("u@l.test"))
    assert call("forward", "u@l.test", "w@l.test", env=environment(server, "list-owner-@s.test-@[]")).returncode == 0
    assert server.wait_for(before + 1)[-1].startswith(b"Return-Path: <list-owner-u=l.test@s.test>\n")


@pytest.mark.parametrize("words, status, sent", [
    (["true"], 99, 1), (["false"], 0, 0), (["sh", "-c", "exit 111"], 111, 0), (["/does/not/exist"], 111, 0),
    (["grep", "-q", "^Subject: x"], 99, 1),
])
def test_condredirect(server, tmp_path, words, status, sent):
    before = server.settled("u@l.test")
    (tmp_path / "message").write_bytes(MESSAGE)
    with open(tmp_path / "message", "rb") as message:
        done = subprocess.run([str(BINARY.with_name("condredirect")), "u@l.test", *words], stdin=message, capture_output=True,
                              timeout=20, env=environment(server))
    assert done.returncode == status, done.stderr
    server.wait_for(before + sent)
