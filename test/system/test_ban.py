"""Who guesses passwords is banned from everything that one logs in to; `hermod ban` tells of it, and ends it."""
import base64
import json
import os
import signal

import pytest
from certificates import Issuer
from hermod import Client, Hermod, careless, free_port, wait_until

GUESSER, OTHER = "127.0.0.2", "127.0.5.1"
RIGHT = "pa5s-of-bob"


@pytest.fixture
def server(tmp_path):
    tmp_path.chmod(0o755)
    certificate, key = Issuer(tmp_path).issue("mx.l.test", file="ban")
    ports = {"submission": free_port(), "pop3": free_port()}
    listeners = "".join(f'[[listen]]\nprotocol = "{name}"\naddress = "127.0.0.1:{port}"\n' for name, port in ports.items())
    with Hermod(listeners=listeners, extra=f'''[tls]
certificate = "{certificate}"
key = "{key}"
[login]
failures_per_client = 4
ban = "10m"
delay = "0s"
''') as hermod:
        hermod.ports = ports
        hermod.run("account", "add", "bob@l.test", input=RIGHT + "\n")
        yield hermod


def submission(server, source: str, password: str = RIGHT) -> int:
    """The code at AUTH, or instead of the greeting."""
    with Client(server.ports["submission"], source=source, greet=False) as client:
        if (code := client.reply()[0]) != 220:
            return code
        client.hello()
        client.starttls()
        client.hello()
        return client.say("AUTH PLAIN " + base64.b64encode(f"\0bob@l.test\0{password}".encode()).decode())[0]


def pop3(server, source: str, password: str = RIGHT) -> str:
    """What is said to PASS."""
    with Client(server.ports["pop3"], source=source, greet=False) as client:
        assert client.line().startswith("+OK")
        client.send(b"STLS\r\n")
        assert client.line().startswith("+OK")
        client.encrypt()
        client.send(f"USER bob@l.test\r\nPASS {password}\r\n".encode())
        assert client.line().startswith("+OK")
        return client.line()


def bans(server) -> list[dict]:
    return [json.loads(line) for line in server.run("ban", "list", "--json").stdout.splitlines()]


def is_banned(server, source: str) -> bool:
    code, line = submission(server, source), pop3(server, source)
    assert (code, line[:3]) in ((235, "+OK"), (421, "-ER")), (code, line)
    return code == 421


def guess_until_banned(server, way: str):
    """Failures wear off, if slowly: on a machine that takes its time there is one more."""
    ask, wrong = (submission, 535) if way == "submission" else (pop3, "-ERR [AUTH]")
    count = 0
    while str(ask(server, GUESSER, f"guess-{count}")).startswith(str(wrong)):
        count += 1
        assert count <= 5
    assert count >= 4


@pytest.mark.parametrize("way", ["submission", "pop3"])
def test_who_guesses_is_banned_everywhere_until_that_is_lifted(server, way):
    assert bans(server) == [] and server.run("ban", "list").stdout == ""
    guess_until_banned(server, way)
    assert is_banned(server, GUESSER) and not is_banned(server, OTHER)
    (ban,) = bans(server)
    assert ban["network"] == GUESSER + "/32" and 0 < ban["seconds"] <= 600
    assert server.run("ban", "list").stdout.startswith(GUESSER + "/32 ")

    for elsewhere in ("192.0.2.0/24", OTHER, "::1"):
        done = server.run("ban", "lift", elsewhere, check=False)
        assert (done.returncode, done.stdout) == (1, "0 bans lifted\n")
    for nonsense in ("somewhere", "127.0.0.2/33", ""):
        assert server.run("ban", "lift", nonsense, check=False).returncode == 2
    assert is_banned(server, GUESSER)

    assert server.run("ban", "lift", "127.0.0.0/24").stdout == "1 ban lifted\n"
    assert bans(server) == [] and not is_banned(server, GUESSER)
    assert submission(server, GUESSER, "guess-again") == 535, "what led to it is forgotten: this is the first"


def test_a_ban_outlasts_a_reload_and_the_processes_that_obey_it(server):
    guess_until_banned(server, "pop3")
    server.run("reload")
    assert is_banned(server, GUESSER) and len(bans(server)) == 1
    for role in ("smtpd", "pop3d", "admind"):
        before = set(server.pids(role))
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(set(server.pids(role)) - before) == len(before), what=f"another {role}")

    def answers() -> bool:
        return server.run("ban", "list", "--json", check=False).returncode == 0

    wait_until(answers, what="an answer of the new admind")
    assert [ban["network"] for ban in bans(server)] == [GUESSER + "/32"]
