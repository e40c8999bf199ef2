"""The sendmail command as mutt, mail and cron use it; and mutt reads what was delivered. RFC 6409 §8, sysexits.h."""
import os
import pty
import shutil
import subprocess

import pytest
from hermod import BUILD, Hermod, wait_until

SENDMAIL = BUILD / "bin" / "sendmail"


@pytest.fixture(scope="module")
def server():
    with Hermod() as hermod:
        yield hermod


def sendmail(server, *words: str, text: bytes = b"Subject: x\n\nx\n", check: bool = True):
    done = subprocess.run([str(SENDMAIL), *words], input=text, capture_output=True, timeout=30,
                          env={**os.environ, "HERMOD_CONFIG": str(server.config)})
    assert not check or done.returncode == 0, done
    return done


def arrives(server, marker: bytes, address: str = "u@l.test") -> bytes:
    wait_until(lambda: any(marker in m for m in server.messages(address)), 20, f"{marker!r} for {address}")
    return next(m for m in server.messages(address) if marker in m)


def header(message: bytes) -> bytes:
    return message.split(b"\n\n")[0]


def test_recipients_from_the_header_and_repair(server):
    sendmail(server, "-t", text=b"To: Someone <u@l.test>\nBcc: w@l.test\nSubject: from the header\n\nbody\n")
    message = arrives(server, b"Subject: from the header")
    for field in (b"\nDate: ", b"\nMessage-I", b"\nFrom: "):
        assert field.lower() in header(message).lower(), field
    assert b"Bcc" not in header(message)
    arrives(server, b"Subject: from the header", "w@l.test")


def test_what_is_there_is_not_repaired(server):
    text = b"From: x@s.test\nDate: Thu, 1 Jan 1998 00:00:00 +0000\nMessage-ID: <kept@s.test>\nSubject: kept\n\nbody\n"
    sendmail(server, "-f", "x@s.test", "u@l.test", text=text)
    message = arrives(server, b"Subject: kept")
    assert header(message).count(b"Date:") == 1 and b"<kept@s.test>" in message
    assert message.startswith(b"Return-Path: <x@s.test>")


@pytest.mark.parametrize("words, tail", [((), b"before\n"), (("-i",), b"before\n.\nafter\n"), (("-oi",), b"before\n.\nafter\n")])
def test_a_lone_dot(server, words, tail):
    marker = f"dot {len(words)} {''.join(words)}".encode()
    sendmail(server, *words, "u@l.test", text=b"Subject: " + marker + b"\n\nbefore\n.\nafter\n")
    assert arrives(server, b"Subject: " + marker + b"\n").endswith(b"\n\n" + tail)


def test_flags_of_others_are_passed_over(server):
    sendmail(server, "-oem", "-oi", "-oeq", "-B", "8BITMIME", "-v", "-m", "-F", "Full Name", "-f", "w@l.test", "--", "u@l.test",
             text=b"Subject: flags\n\nx\n")
    assert b"Full Name" in arrives(server, b"Subject: flags")


def test_no_recipient_is_a_usage_error(server):
    assert sendmail(server, "-t", text=b"Subject: nobody\n\nx\n", check=False).returncode in (64, 65, 67)
    assert sendmail(server, check=False).returncode in (64, 65, 67)


def test_it_works_while_the_server_is_down(server):
    server.stop()
    sendmail(server, "u@l.test", text=b"Subject: while down\n\nx\n")
    server.start()
    arrives(server, b"Subject: while down")


def test_an_unknown_local_recipient_is_returned_to_the_sender(server):
    sendmail(server, "-f", "w@l.test", "nobody@l.test", text=b"Subject: to nobody here\n\nx\n")
    assert b"nobody@l.test" in arrives(server, b"Subject: to nobody here", "w@l.test")


def test_SMTP_on_standard_input(server):
    done = sendmail(server, "-bs", text=b"EHLO local\r\nMAIL FROM:<w@l.test>\r\nRCPT TO:<u@l.test>\r\nDATA\r\n"
                                        b"Subject: by bs\r\n\r\nx\r\n.\r\nQUIT\r\n")
    assert done.stdout.startswith(b"220") and b"\r\n221" in done.stdout
    arrives(server, b"Subject: by bs")


def test_mailq_and_newaliases(server):
    env = {**os.environ, "HERMOD_CONFIG": str(server.config)}
    assert subprocess.run([str(BUILD / "bin" / "mailq")], env=env, check=False, capture_output=True).returncode == 0
    assert subprocess.run([str(BUILD / "bin" / "newaliases")], env=env, check=False, capture_output=True).returncode == 0


def test_garbage_in_the_drop_directory_hurts_nobody(server):
    drop = server.folder / "data" / "drop"
    (drop / "garbage").write_bytes(os.urandom(5000))
    (drop / "empty").write_bytes(b"")
    os.mkfifo(drop / "fifo")
    (drop / "link").symlink_to("/etc/passwd")
    (drop / "folder").mkdir()
    sendmail(server, "u@l.test", text=b"Subject: beside garbage\n\nx\n")
    arrives(server, b"Subject: beside garbage")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_any_user_may_send(server):
    for file in (server.config, server.folder / "mailboxes"):
        file.chmod(0o644)
    subprocess.run([str(SENDMAIL), "u@l.test"], input=b"Subject: as nobody\n\nx\n", check=True, user="nobody", group="nogroup",
                   extra_groups=[], env={"PATH": "/usr/bin:/bin", "HERMOD_CONFIG": str(server.config)}, cwd="/")
    message = arrives(server, b"Subject: as nobody")
    assert b"nobody@" in header(message) and b"65534" in header(message)


@pytest.mark.skipif(not shutil.which("mail"), reason="mailutils is not installed")
def test_mailutils_sends(server):
    subprocess.run(["mail", "-E", f'set sendmail="sendmail:{SENDMAIL}"', "-s", "by mailutils", "u@l.test"], input=b"hello\n", check=True,
                   env={**os.environ, "HERMOD_CONFIG": str(server.config), "HOME": str(server.folder)})
    arrives(server, b"Subject: by mailutils")


@pytest.mark.skipif(not shutil.which("mutt"), reason="mutt is not installed")
def test_mutt_sends_and_reads(server):
    (server.folder / "muttrc").write_text(f'set sendmail="{SENDMAIL} -oem -oi"\nset from="w@l.test"\nset use_envelope_from\n'
                                          f'set copy=no\nset folder="{server.folder}"\nset wait_key=no\nset quit=yes\n')
    env = {**os.environ, "HERMOD_CONFIG": str(server.config), "TERM": "xterm", "HOME": str(server.folder)}
    rc = ["-F", str(server.folder / "muttrc")]
    subprocess.run(["mutt", *rc, "-s", "by mutt", "u@l.test"], input=b"hello from mutt\n", check=True, env=env)
    message = arrives(server, b"Subject: by mutt")
    assert message.startswith(b"Return-Path: <w@l.test>")

    copy = server.folder / "read-by-mutt"
    terminal, theirs = pty.openpty()
    keys = f'push "<limit>~s by\\\\ mutt<enter><pipe-message>cat > {copy}<enter><exit>"'
    process = subprocess.Popen(["mutt", *rc, "-R", "-f", str(server.maildir()), "-e", keys], env=env, stdin=theirs,
                               stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.set_blocking(terminal, False)
    def done():
        try:
            while os.read(terminal, 65536):
                pass
        except (BlockingIOError, OSError):
            pass
        return copy.exists() and b"hello from mutt" in copy.read_bytes()
    try:
        wait_until(done, 20, "mutt showed the message")
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
