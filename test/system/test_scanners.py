"""Programs outside of the server that look at the content of messages: clamd, spamd, rspamd, filters that speak the milter protocol; real ones and hostile ones."""
import os
import re
import signal
import time

import pytest
from hermod import Hermod, wait_until
from scanners import (EICAR, GTUBE, FakeScanner, Filter, clamav_milter, clamd, opendkim, packet, rspamd, rspamd_proxy, scanner, spamass_milter,
                      spamd)

STRANGER = "127.0.0.2"  # not in relay.networks
HEAD = b"From: a@s.test\r\nTo: u@l.test\r\nSubject: hello\r\nDate: Fri, 27 Nov 2026 20:00:00 +0000\r\nMessage-ID: <1@s.test>\r\n"
HAM = HEAD + b"\r\nHello\r\n"
LONG = HEAD + b"\r\n" + b"Some words that go on for quite a while, as in a letter of some length\r\n" * 3000  # in a file


def send(server: Hermod, message: bytes, *recipients: str, source: str = STRANGER) -> tuple[int, str]:
    with server.client(source=source, timeout=300) as client:
        client.hello()
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        for recipient in recipients or ("u@l.test",):
            assert client.say(f"RCPT TO:<{recipient}>")[0] == 250
        assert client.say("DATA")[0] == 354
        client.send(message + b".\r\n")
        return client.reply()


def unfolded(message: bytes) -> str:
    return re.sub(r"\r?\n[ \t]+", " ", message.decode("utf-8", "replace")).replace("\r", "")


def field(message: bytes, name: str) -> list[str]:
    return [line.partition(": ")[2] for line in unfolded(message).partition("\n\n")[0].split("\n") if line.lower().startswith(name.lower() + ":")]


def junk(server: Hermod, address: str = "u@l.test") -> list[bytes]:
    folder = server.maildir(address) / ".Junk"
    return [path.read_bytes() for path in sorted((folder / "new").glob("*"))] if folder.exists() else []


def hermod(folder, settings: str) -> Hermod:
    return Hermod(folder=folder, extra=settings)


@pytest.fixture(name="clam", scope="module")
def clamd_of_module(tmp_path_factory):
    with clamd(tmp_path_factory.mktemp("clamd") / "d") as daemon:
        yield daemon


@pytest.fixture(name="assassin", scope="module")
def spamd_of_module(tmp_path_factory):
    with spamd(tmp_path_factory.mktemp("spamd") / "d") as daemon:
        yield daemon


@pytest.fixture(name="rspam", scope="module")
def rspamd_of_module(tmp_path_factory):
    with rspamd(tmp_path_factory.mktemp("rspamd") / "d") as daemon:
        yield daemon


def test_a_virus_is_refused_whoever_brings_it(clam, tmp_path):
    with hermod(tmp_path, scanner("clamav", "clamd", clam.address)) as server:
        for source in (STRANGER, "127.0.0.1"):
            assert send(server, HAM, source=source)[0] == 250
            for message in (HEAD + b"\r\n" + EICAR + b"\r\n", LONG + EICAR + b"\r\n"):
                assert send(server, message, source=source) == (550, "5.7.1 The message holds a virus: Eicar-Test.UNOFFICIAL")
        assert send(server, LONG)[0] == 250
        told = [field(message, "X-Hermod-Spam") for message in server.wait_for(3)]
        assert sorted(told) == [[], *2 * [["no; 0 of 5 points; clamav: nothing"]]], "of strangers' messages"
        wait_until(lambda: any(event["event"] == "examined" and event["reason"] == "refused: clamav: virus Eicar-Test.UNOFFICIAL"
                               for event in server.events()), what="the refusal in the log")
        (tmp_path / "eicar").write_bytes(HEAD + b"\r\n" + EICAR + b"\r\n")
        told = server.run("explain", "--message", str(tmp_path / "eicar"), "--to", "u@l.test", check=False)
        assert told.returncode == 1 and "After DATA: 550 5.7.1 The message holds a virus: Eicar-Test.UNOFFICIAL" in told.stdout, told.stdout


@pytest.mark.parametrize("fate, kept", [("discard", 0), ("junk", 1)])
def test_a_virus_disappears_or_is_put_aside_where_the_administrator_says_so(clam, tmp_path, fate, kept):
    with hermod(tmp_path, scanner("clamav", "clamd", clam.address, f'virus = "{fate}"')) as server:
        assert send(server, HEAD + b"\r\n" + EICAR + b"\r\n")[0] == 250
        assert send(server, HAM)[0] == 250
        server.wait_for(1)
        wait_until(lambda: len(junk(server)) == kept, what="the junk folder")
        assert any(event["event"] == "examined" and event["reason"].startswith("discarded: clamav" if fate == "discard" else "to junk: clamav")
                   for event in server.events())
        server.wait_idle()
        assert len(server.messages()) == 1
        # Our own people are told.
        code = send(server, HEAD + b"\r\n" + EICAR + b"\r\n", source="127.0.0.1")[0]
        assert code == (550 if fate == "discard" else 250)


def test_points_of_spamassassin(assassin, tmp_path):
    settings = '[spam]\nheaders = "spamassassin"\n' + scanner("spamd", "spamd", assassin.address)
    with hermod(tmp_path, settings) as server:
        forged = b"X-Spam-Flag: NO\r\nx-spam-status : No, score=-100\r\n more\r\nX-Spam-Other: kept\r\n"
        assert send(server, forged + HEAD + b"\r\n" + GTUBE + b"\r\n")[0] == 250
        wait_until(lambda: len(junk(server)) == 1, what="the junk folder")
        message, = junk(server)
        assert field(message, "X-Spam-Flag") == ["YES"] and field(message, "X-Spam-Score") == ["1000.0"]
        assert field(message, "X-Spam-Status") == ["Yes, score=1000.0 required=5.0 tests=GTUBE"] and field(message, "X-Spam-Other") == ["kept"]
        assert send(server, HAM.replace(b"hello", b"sale"))[0] == 250
        message, = server.wait_for(1)
        assert field(message, "X-Spam-Status") == ["No, score=3.5 required=5.0 tests=SALE"] and not field(message, "X-Spam-Flag")
        assert send(server, HEAD + b"\r\n" + GTUBE + b"\r\n", "w@l.test", source="127.0.0.1")[0] == 250  # our own people are not looked at
        message, = server.wait_for(1, "w@l.test")
        assert not field(message, "X-Spam-Status")
        (tmp_path / "gtube").write_bytes(HEAD + b"\r\n" + GTUBE + b"\r\n")
        told = server.run("explain", "--message", str(tmp_path / "gtube")).stdout
        assert "Content: 1000 of 5 points; spamd 1000: GTUBE" in told and "taken, to junk" in told, told


def test_points_refuse_where_the_administrator_says_so(assassin, tmp_path):
    with hermod(tmp_path, "[spam]\nreject_at = 6\n" + scanner("spamd", "spamd", assassin.address, "weight = 2")) as server:
        assert send(server, HAM.replace(b"hello", b"sale")) == (550, "5.7.1 The message looks like spam, 7 points")
        assert send(server, HAM)[0] == 250


def test_rspamd_says_what_is_to_be_done(rspam, tmp_path):
    with hermod(tmp_path, scanner("rspamd", "rspamd", rspam.address)) as server:
        assert send(server, HEAD + b"\r\n" + GTUBE + b"\r\n") == (550, "5.7.1 Gtube pattern")
        assert send(server, HAM)[0] == 250
        assert send(server, LONG)[0] == 250
        server.wait_for(2)
    config = server.config.read_text().replace('kind = "rspamd"', 'kind = "rspamd"\nfollow_action = false\nweight = 0.4')
    server.config.write_text(config)
    with server:
        assert send(server, HEAD + b"\r\n" + GTUBE + b"\r\n")[0] == 250
        wait_until(lambda: len(junk(server)) == 1, what="the junk folder")
        assert field(junk(server)[0], "X-Hermod-Spam") == ["yes; 6 of 5 points; rspamd 6: reject"]


def test_several_at_once(clam, assassin, rspam, tmp_path):
    settings = scanner("clamav", "clamd", clam.address) + scanner("spamd", "spamd", assassin.address) + scanner("rspamd", "rspamd", rspam.address)
    with hermod(tmp_path, settings) as server:
        assert send(server, HAM.replace(b"hello", b"sale"))[0] == 250
        message, = server.wait_for(1)
        told, = field(message, "X-Hermod-Spam")
        assert told.startswith("no; 3.5 of 5 points; clamav: nothing; spamd 3.5: SALE; rspamd: no action"), told
        assert "clamav: nothing; spamd 3.5: SALE" in server.run("trace", "--to", "u@l.test").stdout


def sockets_of_policyd(server: Hermod) -> set[str]:
    pid, = server.pids("policyd")
    found = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            found.add(os.readlink(entry.path))
        except FileNotFoundError:
            pass  # closed meanwhile
    return found


# What becomes of a message when its scanner is killed with it in its hands: as the settings say, and it is never lost.
@pytest.mark.parametrize("kind, make", [("clamd", clamd), ("spamd", spamd), ("rspamd", rspamd)])
def test_killed_in_mid_message(kind, make, tmp_path):
    with make(tmp_path / "daemon") as daemon:
        with hermod(tmp_path, scanner("s", kind, daemon.address)) as server:
            assert send(server, HAM)[0] == 250
            daemon.signal(signal.SIGSTOP)
            before = sockets_of_policyd(server)
            with server.client(source=STRANGER, timeout=300) as client:
                client.begin("a@s.test", "u@l.test")
                assert client.say("DATA")[0] == 354
                client.send(HAM + b".\r\n")
                wait_until(lambda: sockets_of_policyd(server) - before, what="a connection to the scanner")
                daemon.kill()
                code, text = client.reply()
            assert code == 451 and text.startswith("4.7.1 The message cannot be scanned at the moment (s)"), (code, text)
            assert send(server, HAM)[0] == 451
            daemon.start()
            wait_until(lambda: send(server, HAM)[0] == 250, what="the scanner that is there again")
            assert len(server.wait_for(2)) == 2


@pytest.mark.parametrize("unavailable, code", [("defer", 451), ("accept", 250), ("reject", 550)])
def test_a_scanner_that_is_not_there(tmp_path, unavailable, code):
    with hermod(tmp_path, scanner("clamav", "clamd", f"{tmp_path}/nothing", f'unavailable = "{unavailable}"')) as server:
        for _ in range(5):
            assert send(server, HAM)[0] == code
        if code == 250:
            messages = server.wait_for(5)
            marks = [field(message, "X-Hermod-Unscanned")[0] for message in messages]
            assert all(mark.startswith("clamav; not scanned: it ") for mark in marks), marks
            assert sum("it cannot be reached: No such file or directory" in mark for mark in marks) >= 3, marks


def forever(octets: bytes):
    def act(connection):
        while True:
            connection.sendall(octets)
    return act


def say(octets: bytes, hold: float = 0):
    def act(connection):
        connection.recv(100)
        connection.sendall(octets)
        time.sleep(hold)
    return act


# Answers without an end, of the wrong kind, too late, or none.
@pytest.mark.parametrize("kind, act", [
    ("clamd", forever(b"x" * 65536)), ("clamd", say(b"stream: OK")), ("clamd", say(b"\0")), ("clamd", say(b"")), ("clamd", say(b"stream: OK", 600)),
    ("spamd", forever(b"x" * 65536)), ("spamd", say(b"SPAMD/9.9 0 EX_OK\r\nSpam: False ; 0 / 5\r\n\r\n")), ("spamd", say(b"", 600)),
    ("spamd", say(b"SPAMD/1.1 0 EX_OK\r\nSpam: False ; 0 / 5\r\nContent-length: 999999999999\r\n\r\n", 600)),
    ("rspamd", forever(b"x" * 65536)), ("rspamd", say(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n" + b"{" * 100_000, 600)),
    ("rspamd", say(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")), ("rspamd", say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))])
def test_hostile_scanners(kind, act, tmp_path):
    with FakeScanner(act) as peer, hermod(tmp_path, "[spam]\ntimeout = \"3s\"\n" + scanner("s", kind, peer.address)) as server:
        before = server.pids("policyd")
        assert send(server, LONG)[0] == 451
        assert server.pids("policyd") == before
        assert not server.queue() and not server.messages()


def commands(heard: list[tuple[str, bytes]]) -> str:
    return "".join(command for command, _ in heard if command not in "DB").replace("LLLL", "L").replace("LL", "L").replace("LL", "L")


def test_milters_of_debian(clam, assassin, tmp_path):
    with clamav_milter(tmp_path / "c", clam) as first, spamass_milter(tmp_path / "s", assassin) as second, opendkim(tmp_path / "o") as third, \
            rspamd_proxy(tmp_path / "r") as fourth:
        filters = {"clamav": first, "assassin": second, "opendkim": third, "rspamd": fourth}
        settings = "".join(scanner(name, "milter", daemon.address) for name, daemon in filters.items())
        with hermod(tmp_path, settings) as server:
            assert send(server, HAM)[0] == 250, server.log_text()
            assert send(server, LONG)[0] == 250, server.log_text()
            for message in server.wait_for(2):
                assert any("Clean" in status for status in field(message, "X-Virus-Status")), message[:3000]
                assert any(results.startswith("filter.test;") for results in field(message, "Authentication-Results")), message[:3000]
                assert field(message, "X-Spam-Checker-Version"), message[:3000]
            assert send(server, HEAD + b"\r\n" + EICAR + b"\r\n")[0] == 550
        for name, said in (("clamav", "5.7.1"), ("assassin", "5.7.1 Blocked by SpamAssassin"), ("rspamd", "5.7.1 Gtube pattern")):
            (tmp_path / name).mkdir()
            with Hermod(folder=tmp_path / name, extra=scanner(name, "milter", filters[name].address)) as server:
                code, text = send(server, HEAD + b"\r\n" + (EICAR if name == "clamav" else GTUBE) + b"\r\n")
                assert code in (550, 554) and text.startswith(said), (name, code, text)


@pytest.mark.parametrize("make", [lambda folder, clam: clamav_milter(folder, clam), lambda folder, _: opendkim(folder), lambda folder, _: rspamd_proxy(folder)],
                         ids=["clamav", "opendkim", "rspamd"])
def test_a_milter_killed_in_mid_message(make, clam, tmp_path):
    test_killed_in_mid_message("milter", lambda folder: make(folder, clam), tmp_path)


# What a filter is told is what the message is: the envelope, each field, each octet of the body.
def test_a_filter_hears_all_of_it(tmp_path):
    act = Filter(protocol=0x100000)
    with FakeScanner(act) as peer, hermod(tmp_path, scanner("f", "milter", peer.address)) as server:
        assert send(server, LONG.replace(b"hello", b"one\r\n\ttwo"), "u@l.test", "w@l.test")[0] == 250
        wait_until(lambda: act.heard[-1][0] == "Q", what="the farewell")
        assert commands(act.heard).replace("L", "") == "OCHMRRTNEQ"
        told = [data for command, data in act.heard if command != "D"]
        assert b"[127.0.0.2]\x004" in told[1] and told[1].endswith(b"127.0.0.2\0") and told[2:6] == [b"client.test\0", b"<a@s.test>\0", b"<u@l.test>\0", b"<w@l.test>\0"]
        assert ("L", b"Subject\0 one\n\ttwo\0") in act.heard and ("L", b"From\0 a@s.test\0") in act.heard
        assert b"".join(data for command, data in act.heard if command == "B") == LONG.partition(b"\r\n\r\n")[2]
        macros = b"".join(data for command, data in act.heard if command == "D")
        assert b"j\0mx.l.test\0" in macros and b"{mail_addr}\0a@s.test\0" in macros


def test_what_a_filter_wants_done(tmp_path):
    index = (1).to_bytes(4, "big")
    cases = [  # the answer at the end, the code, where it is
        (packet(b"h", b"X-Seen\0yes\n\tindeed\0") + packet(b"i", index + b"X-Two\0b\0") + packet(b"c"), 250, "u"),
        (packet(b"q", b"odd\0") + packet(b"c"), 250, "junk"),
        (packet(b"d"), 250, None),
        (packet(b"r"), 550, None),
        (packet(b"t"), 451, None),
        (packet(b"y", b"554-5.7.1 Go\r\n554 5.7.1 away\0"), 554, None),
        (packet(b"m", index + b"X-New\0there\0") + packet(b"c"), 250, "u"),
        (packet(b"m", index + b"Subject\0new\0") + packet(b"c"), 451, None),
        (packet(b"b", b"another body") + packet(b"c"), 451, None),
        (packet(b"+", b"<x@l.test>\0") + packet(b"c"), 451, None)]
    for place, (answer, code, where) in enumerate(cases):
        folder = tmp_path / str(place)
        folder.mkdir()
        with FakeScanner(Filter(E=answer)) as peer, hermod(folder, scanner("f", "milter", peer.address)) as server:
            said = send(server, HAM)
            assert said[0] == code, (answer, said)
            wait_until(lambda: not server.queue(), what="the queue")
            assert (len(server.messages()), len(junk(server))) == (int(where == "u"), int(where == "junk")), answer
            if place == 0:
                message, = server.messages()
                assert message.index(b"X-Seen: yes\r\n\tindeed\r\n".replace(b"\r", b"") if b"\r" not in message else b"X-Seen: yes\r\n\tindeed\r\n") < message.index(b"Subject:")
                assert field(message, "X-Two") == ["b"]
            if place == 6:
                assert field(server.messages()[0], "X-New") == ["there"]


# Frames that are none, replies that are none, silence, and an end in the middle of another body.
@pytest.mark.parametrize("answer", [b"\0\0\0\0", b"\xff\xff\xff\xffb", packet(b"y", b"999 5.7.1 no\0"), packet(b"y", b"550 no NUL"), packet(b"5"),
                                    packet(b"y", b"550-5.7.1 a\r\n451 4.7.1 b\0"), packet(b"m", b"\xff\xff\xff\xffSubject\0x\0"), packet(b"+", b"<a\nb@l.test>\0") + packet(b"c"),
                                    packet(b"-", b"<nobody@l.test>\0") + packet(b"c"), packet(b"p"), packet(b"b", b"half") + (65535).to_bytes(4, "big") + b"bmore"])
def test_hostile_filters(answer, tmp_path):
    with FakeScanner(Filter(E=answer)) as peer, hermod(tmp_path, '[spam]\ntimeout = "3s"\n' + scanner("f", "milter", peer.address)) as server:
        before = server.pids("policyd")
        assert send(server, LONG)[0] == 451
        assert server.pids("policyd") == before
        assert not server.queue() and not server.messages()
