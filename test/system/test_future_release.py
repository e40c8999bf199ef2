"""Mail that its sender wants released later: FUTURERELEASE, RFC 4865, on submission alone."""
import calendar
import re
import time

import pytest

from certificates import Issuer
from hermod import queue_id, wait_until
from test_auth import PLAIN_PASSWORD, add_account, logged_in, make_server, open_submission, submit

MESSAGE = b"From: bob@l.test\r\nTo: u@l.test\r\nSubject: later\r\n\r\nhello\r\n"


@pytest.fixture
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    folder.chmod(0o755)
    with make_server(Issuer(folder), 'delay = "0s"\n', extra='[submission]\nfuture_release = "2d"\n') as hermod:
        add_account(hermod, "bob@l.test", PLAIN_PASSWORD)
        yield hermod


def hold(server, parameter: str, **options) -> tuple[int, str]:
    with logged_in(server, **options) as client:
        code, text = client.say(f"MAIL FROM:<bob@l.test> {parameter}")
        if code != 250:
            return code, text
        assert client.say("RCPT TO:<u@l.test>")[0] == 250 and client.say("DATA")[0] == 354
        return client.say(MESSAGE + b"\r\n.")


def at(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def test_limits_are_said_and_kept(server):
    with open_submission(server) as client:
        offered = re.search(r"^FUTURERELEASE (\d+) (\S+)$", client.hello(), re.M)
        assert int(offered[1]) == 2 * 86_400
        last = calendar.timegm(time.strptime(offered[2], "%Y-%m-%dT%H:%M:%SZ"))
        assert abs(last - time.time() - 2 * 86_400) < 3600
        assert client.say("MAIL FROM:<bob@l.test> HOLDFOR=60")[0] == 530
    for parameter in ("HOLDFOR=172801", f"HOLDUNTIL={at(3 * 86_400)}", f"HOLDFOR=60 HOLDUNTIL={at(60)}", "HOLDFOR=x"):
        code, text = hold(server, parameter)
        assert code == 501 and text.startswith("5.5.4"), (parameter, code, text)
    assert not server.queue()


def test_not_offered_to_others(server):
    with server.client() as client:
        assert "FUTURERELEASE" not in client.hello()
        assert client.say("MAIL FROM:<a@s.test> HOLDFOR=60")[0] == 555


def test_is_held_and_survives(server):
    code, text = hold(server, "HOLDFOR=86400")
    assert code == 250
    identity = queue_id(text)
    code, text = hold(server, f"HOLDUNTIL={at(40_000)}")
    assert code == 250
    until = queue_id(text)

    def states():
        return {m["id"]: (m["recipients"][0]["state"], m["recipients"][0]["attempts"]) for m in server.queue()}
    assert states() == {identity: ("later", 0), until: ("later", 0)}
    assert "held until " in server.run("queue", "list").stdout
    shown = server.run("queue", "show", identity).stdout
    assert "release  " in shown and "held until " in shown, shown
    assert re.search(r"held: until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, as its sender wishes", server.run("trace", identity).stdout)
    server.stop()
    server.start()
    assert states() == {identity: ("later", 0), until: ("later", 0)}
    server.kill_all()
    server.start()
    assert states() == {identity: ("later", 0), until: ("later", 0)}
    assert not server.messages("u@l.test")
    server.run("queue", "release", identity)
    server.wait_for(1, "u@l.test")
    server.run("queue", "retry", "--all", check=False)
    assert states() == {until: ("later", 0)}, "a queue may be tried again without that"
    server.run("queue", "release", until)
    server.wait_for(2, "u@l.test")
    server.wait_idle()


def test_is_released_by_itself(server):
    began = time.time()
    code, text = hold(server, "HOLDFOR=3")
    assert code == 250
    server.wait_for(1, "u@l.test")
    assert time.time() - began >= 3
    with logged_in(server) as client:  # and in a session one message's wish is not the next one's
        assert client.say("MAIL FROM:<bob@l.test> HOLDFOR=80000")[0] == 250
        assert client.say("RSET")[0] == 250
        assert submit(client, MESSAGE, "bob@l.test")[0] == 250
    server.wait_for(2, "u@l.test")
    wait_until(lambda: not server.queue(), what="nothing left")


def test_may_be_switched_off(server):
    server.config.write_text(server.config.read_text().replace('future_release = "2d"', 'future_release = "0s"'))
    server.run("reload")
    with logged_in(server) as client:
        assert "FUTURERELEASE" not in client.hello()
        assert client.say("MAIL FROM:<bob@l.test> HOLDFOR=60")[0] == 555
