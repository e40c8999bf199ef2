"""Clients who do not wait, who guess recipients, who stay for ever: what they hear, when, and who is spared. RFC 5321 §4.3.1."""
import os
import signal

import pytest
from hermod import Client, Hermod, wait_until

STRANGER = "127.0.0.2"
LETTER = b"Subject: x\r\n\r\nx\r\n"


def refusals(server) -> list[dict]:
    return [event for event in server.events() if event["event"] == "rejected"]


def talk_early(server, lines: bytes, source: str = STRANGER) -> Client:
    client = Client(server.port, source=source, greet=False)
    client.send(lines)
    return client


@pytest.fixture(scope="module")
def server():
    settings = """[smtp]
greeting_pause = "2s"
early_talkers = "refuse"
tarpit_after = 2
tarpit = "1s"
longest_tarpit = "2s"
[limits]
errors = 1000
[bans]
unknown_recipients = 4
early_talk = 2
"""
    with Hermod(extra=settings) as server:
        yield server


def unknown(client: Client, count: int) -> list[int]:
    client.hello()
    client.say("MAIL FROM:<a@s.test>")
    return [client.say(f"RCPT TO:<nobody-{i}@l.test>")[0] for i in range(count)]


def bans(server) -> list[str]:
    return server.run("ban", "list").stdout.split()


def hears_at_the_door(server, source: str) -> int:
    with Client(server.port, source=source, greet=False) as client:
        return client.reply()[0]


def test_who_speaks_first_is_refused_for_each_recipient(server):
    with talk_early(server, b"EHLO early.test\r\n") as client:
        assert [client.reply()[0] for _ in range(2)] == [220, 250]
        assert client.say("MAIL FROM:<a@s.test>")[0] == 250
        for recipient in ("u@l.test", "w@l.test"):
            assert client.say(f"RCPT TO:<{recipient}>") == (554, "5.5.0 You did not wait for the greeting")
    told = lambda: [(event["from"], event["to"], event["helo"]) for event in refusals(server) if "greeting" in event["reason"]]
    wait_until(lambda: told()[-2:] == [("a@s.test", "u@l.test", "early.test"), ("a@s.test", "w@l.test", "early.test")], what="who wrote to whom, in the log")


def test_who_waits_and_who_may_relay_are_not_held_up(server):
    count = server.settled("u@l.test")
    with Client(server.port, source="127.0.7.2") as client:
        client.hello()
        client.deliver(LETTER)
    with talk_early(server, b"EHLO one-of-us.test\r\n", source="127.0.0.1") as client:  # in relay.networks: nobody waits there
        assert client.reply()[0] in (220, 554)
    server.wait_for(count + 1)


def test_early_talkers_are_banned_and_let_in_again(server):
    source = "127.0.7.3"
    for _ in range(2):
        with talk_early(server, b"HELO early.test\r\n", source) as client:
            assert client.reply()[0] == 220
    wait_until(lambda: f"{source}/32" in bans(server), what="the ban")
    assert hears_at_the_door(server, source) == 421
    assert hears_at_the_door(server, "127.0.7.4") == 220
    assert server.run("ban", "lift", source).returncode == 0
    wait_until(lambda: hears_at_the_door(server, source) == 220, what="its way in")


def test_who_guesses_recipients_is_answered_later_and_later_and_then_banned(server):
    source = "127.0.7.5"
    with Client(server.port, source=source) as client:
        assert unknown(client, 4) == [550] * 4
    wait_until(lambda: f"{source}/32" in bans(server), what="the ban")
    assert hears_at_the_door(server, source) == 421
    warning = wait_until(lambda: [event for event in server.events() if event["event"] == "warning" and source in event["reason"]], what="the warning")
    assert len(warning) == 1 and "recipients that do not exist" in warning[0]["reason"] and f"hermod ban lift {source}/32" in warning[0]["reason"]
    wait_until(lambda: any(event["event"] == "connection_refused" and event["client"] == source and event["reason"] == "it is banned"
                           for event in server.events()), what="the event")


def test_a_ban_outlives_an_smtpd(server):
    source = "127.0.7.6"
    with Client(server.port, source=source) as client:
        unknown(client, 4)
    wait_until(lambda: f"{source}/32" in bans(server), what="the ban")
    before = server.pids("smtpd")
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: server.pids("smtpd") and not set(before) & set(server.pids("smtpd")), what="another smtpd")
    wait_until(lambda: hears_at_the_door(server, source) == 421, what="the word of directory")


def test_whom_the_administrator_allows_is_never_banned(tmp_path):
    settings = """[bans]
unknown_recipients = 2
exempt = ["127.0.8.0/24"]
[[client]]
network = "127.0.9.0/24"
action = "allow"
"""
    with Hermod(extra=settings) as server:
        for source in ("127.0.8.1", "127.0.9.1", "127.0.10.1"):
            with Client(server.port, source=source) as client:
                unknown(client, 3)
        wait_until(lambda: "127.0.10.1/32" in bans(server), what="the ban")
        assert [hears_at_the_door(server, source) for source in ("127.0.8.1", "127.0.9.1", "127.0.10.1")] == [220, 220, 421]
        assert "127.0.8.1/32" not in bans(server)


def test_a_connection_has_its_time():
    with Hermod(extra='[smtp]\nsession_time = "1s"\n') as server, server.client(source=STRANGER) as client:
        client.hello()
        said = []
        wait_until(lambda: said.append(client.say("NOOP")) or said[-1][0] != 250, what="the end of its time")
        assert said[-1][0] == 421 and said[-1][1].startswith("4.4.2"), said[-1]
        assert client.is_closed()
