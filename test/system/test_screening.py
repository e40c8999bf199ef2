"""What is held against strangers before their mail is heard ([screening]), with the decisions and at the stage of spamdyke's filters; and
that a list which is dead, sold or refuses to answer holds nothing against anybody. RFC 5782, RFC 7372, RFC 7505."""
import json
import os
import signal
import subprocess

import dns
import pytest
from hermod import BINARY, Hermod, wait_until

STRANGER = "127.0.0.2"
NAMED, CUSTOMER, LOST, FORGED = "127.0.1.1", "127.0.1.2", "127.0.1.3", "127.0.1.4"  # with a name each; a stranger has none


def reverse(address: str, zone: str = "in-addr.arpa") -> str:
    return ".".join(reversed(address.split("."))) + "." + zone


TABLE = [
    (reverse(NAMED), "PTR", "mail.good.test"), ("mail.good.test", "A", NAMED),
    (reverse(CUSTOMER), "PTR", "dsl-127-0-1-2.isp.test"), ("dsl-127-0-1-2.isp.test", "A", CUSTOMER),
    (reverse(LOST), "PTR", "nowhere.good.test"),
    (reverse(FORGED), "PTR", "mail.good.test"),
    ("good.test", "MX", "10 mail.good.test"), ("null.test", "MX", "0 ."), ("dead.test", "MX", "10 gone.dead.test"),
    ("plain.test", "A", "192.0.2.1"), ("nothing.test", "TXT", "x"),
    *[(reverse("127.0.0.2", zone), "A", "127.0.0.2") for zone in ("black.test", "white.test", "complaining.test")],
    (reverse(NAMED, "black.test"), "A", "127.0.0.4"), (reverse(NAMED, "black.test"), "TXT", "seen\nsending <spam>"),
    (reverse(NAMED, "white.test"), "A", "127.0.0.2"),
    ("test.rhs.test", "A", "127.0.0.2"), ("listed.test.rhs.test", "A", "127.0.0.2"), ("isp.test.rhs.test", "A", "127.0.0.2"),
    ("dsl-127-0-1-2.isp.test.rhs.test", "A", "127.0.0.2"),
    (reverse(NAMED, "complaining.test"), "A", "127.255.255.254"),
    (reverse(NAMED, "dead-list.test"), "A", "127.0.0.2"),  # and no test point
    *[(reverse(one, "sold.test"), "A", "203.0.113.9") for one in ("127.0.0.1", "127.0.0.2", NAMED)],
    *[(reverse(one, "everything.test"), "A", "127.0.0.2") for one in ("127.0.0.1", "127.0.0.2", NAMED)],
]
FORCED = [{"name": reverse("127.0.0.9"), "type": "*", "rcode": "SERVFAIL"}, {"name": "trouble.test", "type": "*", "rcode": "SERVFAIL"},
          *[{"name": reverse(one, "trouble.test"), "type": "A", "rcode": "SERVFAIL"} for one in ("127.0.0.1", "127.0.0.2", NAMED)]]


def hermod(folder, settings: str, **more) -> Hermod:
    lines = [{"name": name, "type": kind, "data": data} for name, kind, data in TABLE] + FORCED
    (folder / "dns").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return Hermod(folder=folder, extra=f'[dns]\ntable = "{folder}/dns"\n{settings}\n', **more)


def stage(name: str, action: str = "reject", more: str = "") -> str:
    return f'[screening.{name}]\naction = "{action}"\n{more}\n'


def a_list(zone: str, more: str = "", action: str = "reject") -> str:
    return f'[[screening.lists]]\nzone = "{zone}"\naction = "{action}"\n{more}\n'


def at_rcpt(server: Hermod, source: str, sender: str = "a@good.test", helo: str = "client.good.test",
            recipient: str = "u@l.test") -> tuple[int, str]:
    with server.client(source=source) as client:
        client.hello(helo)
        assert client.say(f"MAIL FROM:<{sender}>")[0] == 250, "the verdict is held until RCPT"
        return client.say(f"RCPT TO:<{recipient}>")


CASES = {
    # settings, who comes, sender, HELO, enhanced code of the refusal
    "no name": (stage("no_name"), [(STRANGER, "550 5.7.25"), (NAMED, ""), (CUSTOMER, ""), ("127.0.0.9", "")]),
    "unresolved": (stage("unresolved_name"), [(LOST, "550 5.7.25"), (FORGED, ""), (NAMED, ""), (STRANGER, "")]),
    "unconfirmed": (stage("unconfirmed_name"), [(LOST, "550 5.7.25"), (FORGED, "550 5.7.25"), (NAMED, ""), (STRANGER, "")]),
    "address in name": (stage("address_in_name"), [(CUSTOMER, "550 5.7.25"), (NAMED, ""), (STRANGER, "")]),
    "with a keyword": (stage("address_in_name", more='keywords = ["cable", "dsl"]'), [(CUSTOMER, "550 5.7.25"), (NAMED, "")]),
    "without the keyword": (stage("address_in_name", more='keywords = ["cable"]'), [(CUSTOMER, "")]),
    "static": (stage("address_in_name", more='not_keywords = ["dsl"]'), [(CUSTOMER, "")]),
    "deferred": (stage("no_name", "defer"), [(STRANGER, "451 4.7.25"), (NAMED, "")]),
    "recorded": (stage("no_name", "record"), [(STRANGER, "")]),
    "black": (a_list("black.test"), [(NAMED, "550 5.7.1"), (STRANGER, "550 5.7.1"), (CUSTOMER, "")]),
    "black by another answer": (a_list("black.test", 'answers = ["127.0.0.5-127.0.0.9"]'), [(NAMED, "")]),
    "black by that answer": (a_list("black.test", 'answers = ["127.0.0.0&0.0.0.4"]'), [(NAMED, "550 5.7.1"), (STRANGER, "")]),
    "white": (a_list("black.test") + a_list("white.test", "allows = true", "record"), [(NAMED, "")]),
    "of names": (a_list("rhs.test", 'of = "name"'), [(CUSTOMER, "550 5.7.1"), (NAMED, ""), (STRANGER, "")]),
    "score below": ("[screening]\nreject_at = 5\n" + stage("address_in_name", "score", "score = 4"), [(CUSTOMER, "")]),
    "score reached": ("[screening]\nreject_at = 5\n" + stage("address_in_name", "score", "score = 4") + stage("helo_is_no_name", "score")
                      + stage("helo_is_ours", "score") + a_list("rhs.test", 'of = "name"', "score"), [(CUSTOMER, "550 5.7.1"), (NAMED, "")]),
    "exempt client": (f'[screening]\nexempt_clients = ["{STRANGER}/32"]\n' + stage("no_name"), [(STRANGER, ""), ("127.0.0.3", "550 5.7.25")]),
}


@pytest.mark.parametrize("settings, clients", CASES.values(), ids=CASES.keys())
def test_each_stage_finds_whom_it_is_for(tmp_path, settings, clients):
    with hermod(tmp_path, settings) as server:
        for source, refusal in clients:
            code, text = at_rcpt(server, source)
            assert f"{code} {text}".startswith(refusal or "250 "), (source, code, text)


@pytest.mark.parametrize("sender, refusal", [
    ("a@good.test", ""), ("a@plain.test", ""), ("", ""), ("a@trouble.test", ""), ("a@null.test", "550 5.7.27"),
    ("a@dead.test", "550 5.1.8"), ("a@nothing.test", "550 5.1.8"), ("a@not-there.test", "550 5.1.8")])
def test_senders_who_could_not_be_answered(tmp_path, sender, refusal):
    with hermod(tmp_path, stage("sender_domain")) as server:
        code, text = at_rcpt(server, NAMED, sender)
        assert f"{code} {text}".startswith(refusal or "250 "), (code, text)


@pytest.mark.parametrize("helo, refusal", [
    ("client.good.test", ""), (f"[{NAMED}]", ""), ("mx.l.test", "HELO mx.l.test is our own name"), ("localhost", "HELO localhost is no name"),
    ("192.0.2.1", "HELO 192.0.2.1 is no name"), ("[192.0.2.1]", "HELO [192.0.2.1] is no name")])
def test_what_a_client_calls_itself(tmp_path, helo, refusal):
    with hermod(tmp_path, stage("helo_is_ours") + stage("helo_is_no_name")) as server:
        code, text = at_rcpt(server, NAMED, helo=helo)
        assert (code == 550 and text.startswith("5.7.1 " + refusal)) if refusal else code == 250, (code, text)


# RFC 5782 §5: test points; 127.255.255.0/24 is how operators refuse to answer.
@pytest.mark.parametrize("zone, why", [
    ("dead-list.test", "lists nothing"), ("sold.test", "is no list: it answers 203.0.113.9"), ("everything.test", "lists everything"),
    ("complaining.test", "refuses our questions: 127.255.255.254"), ("trouble.test", "does not answer")])
def test_a_broken_list_blocks_nobody(tmp_path, zone, why):
    with hermod(tmp_path, a_list(zone) + a_list("black.test")) as server:
        assert at_rcpt(server, CUSTOMER)[0] == 250
        for _ in range(2):
            code, text = at_rcpt(server, NAMED)
            assert code == 550 and "black.test" in text, "the sound one goes on"
        told = [event for event in server.events() if event["event"] == "list_suspended"]
        assert [event["zone"] for event in told] == [zone] and why in told[0]["reason"], told


ZONES = {
    "good.example": f"@ MX 10 mail\nmail A {NAMED}\n", "gone.example": "@ TXT x\n",
    "list.example": "2.0.0.127 A 127.0.0.2\n2.1.0.127 A 127.0.0.4\n2.1.0.127 TXT \"a line of \" \"a customer\"\n",
    "wildcard.example": "* A 127.0.0.2\n", "parked.example": "* A 192.0.2.80\n@ A 192.0.2.80\n", "dead.example": "",
    "outside.example": "2.0.0.127 A 127.0.0.2\n1.1.0.127 A 192.0.2.80\n",
}


@pytest.mark.skipif(not dns.is_installed(), reason="needs NSD and Unbound")
def test_lists_of_real_name_servers(tmp_path):
    """A sound list beside lists that time out, list everything by a wildcard, were sold, or are empty."""
    broken = ("silent.example", "wildcard.example", "parked.example", "dead.example", "outside.example")
    with dns.Names(ZONES, probe=("good.example", "MX"), silent="silent.example") as names:
        extra = (f'[dns]\nresolver = "127.0.0.1:{names.port}"\ntimeout = "2s"\n[screening]\ntimeout = "6s"\n' + stage("sender_domain")
                 + "".join(map(a_list, (*broken, "list.example"))))
        with Hermod(folder=tmp_path, extra=extra) as server:
            first = at_rcpt(server, NAMED, "a@good.example")
            assert first[0] == 250, (first, "broken lists block nobody")
            code, text = at_rcpt(server, CUSTOMER, "a@good.example")
            assert (code, text) == (550, f"5.7.1 {CUSTOMER} is listed by list.example (127.0.0.4): a line of a customer")
            assert at_rcpt(server, STRANGER, "a@good.example")[1].startswith("5.7.1 127.0.0.2 is listed by list.example")
            assert at_rcpt(server, NAMED, "a@gone.example")[1].startswith("5.1.8")
            assert at_rcpt(server, NAMED, "a@not-there.example")[1].startswith("5.1.8")
            told = {event["zone"]: event["reason"] for event in server.events() if event["event"] == "list_suspended"}
            assert sorted(told) == sorted(broken), told
            assert "does not answer" in told["silent.example"] and "lists everything" in told["wildcard.example"]
            assert "192.0.2.80" in told["parked.example"] and "192.0.2.80" in told["outside.example"] and "nothing" in told["dead.example"]


def test_what_a_list_says_is_shown_without_harm(tmp_path):
    with hermod(tmp_path, a_list("black.test")) as server:
        code, text = at_rcpt(server, NAMED)
        assert (code, text) == (550, f"5.7.1 {NAMED} is listed by black.test (127.0.0.4): seen\\nsending <spam>")


def test_who_logs_in_or_may_relay_or_writes_to_postmaster_is_let_through(tmp_path):
    with hermod(tmp_path, '[screening]\nexempt_recipients = ["w@l.test"]\n' + stage("no_name")) as server:
        assert at_rcpt(server, STRANGER)[0] == 550
        assert at_rcpt(server, STRANGER, recipient="w@l.test")[0] == 250
        assert at_rcpt(server, STRANGER, recipient="Postmaster@l.test")[0] == 250
        assert at_rcpt(server, "127.0.0.1")[0] == 250, "relay.networks"


def test_recipients_weigh_the_score(tmp_path):
    settings = ("[screening]\nreject_at = 5\n" + stage("no_name", "score", "score = 4.5") + stage("helo_is_no_name", "score", "score = -0.5")
                + '[screening.domains."mild.test"]\nreject_at = 0\n[screening.domains.".strict.test"]\nreject_at = 4.5\n')
    with hermod(tmp_path, settings, domains=("l.test", "mild.test", "x.strict.test"),
                mailboxes=("u@l.test", "u@mild.test", "u@x.strict.test")) as server:
        assert at_rcpt(server, STRANGER)[0] == 250
        assert at_rcpt(server, STRANGER, recipient="u@mild.test")[0] == 250
        code, text = at_rcpt(server, STRANGER, recipient="u@x.strict.test")
        assert (code, text) == (550, f"5.7.1 Looks like spam, 4.5 points: {STRANGER} has no reverse name")
        assert at_rcpt(server, STRANGER, recipient="u@x.strict.test", helo="odd")[0] == 250, "what speaks for it counts, too"
        assert explain(server, STRANGER, "--to", "u@x.strict.test")["exit"] == 1
        assert explain(server, STRANGER, "--to", "u@mild.test")["exit"] == 0


def test_the_log_and_the_trace_tell_what_was_found(tmp_path):
    with hermod(tmp_path, stage("no_name", "record") + stage("helo_is_no_name", "record")) as server:
        with server.client(source=STRANGER) as client:
            client.hello("odd")
            assert client.say("MAIL FROM:<a@good.test>")[0] == 250
            assert client.say("RCPT TO:<u@l.test>")[0] == 250
            assert client.say("DATA")[0] == 354
            code, text = client.say("Subject: x\r\n\r\nx\r\n.")
            assert code == 250
        message, = wait_until(lambda: [event for event in server.events() if event["event"] == "screened"], what="the event")
        assert message["client"] == STRANGER
        assert message["reason"] == f"no_name: {STRANGER} has no reverse name; helo_is_no_name: HELO odd is no name of a host"
        assert "has no reverse name" in server.run("trace", message["id"]).stdout
        rejected = [event for event in server.events() if event["event"] == "rejected"]
        assert not rejected


@pytest.mark.parametrize("unavailable, code", [("defer", 451), ("accept", 250)])
def test_without_policyd(tmp_path, unavailable, code):
    with hermod(tmp_path, stage("no_name") + f'[policy]\nunavailable = "{unavailable}"\n') as server:
        def without():
            for pid in server.pids("policyd"):
                os.kill(pid, signal.SIGKILL)
            found, text = at_rcpt(server, STRANGER)
            return text if found != 550 else None  # its successor was quick
        text = wait_until(without, what="a question that nobody answers")
        assert text.startswith("4.3.0" if code == 451 else "2.1.5"), text
        wait_until(lambda: at_rcpt(server, STRANGER)[0] == 550, what="a verdict of its successor")


def explain(server: Hermod, source: str, *words: str) -> dict:
    done = subprocess.run([str(BINARY), "explain", "--config", str(server.config), "--ip", source, "--helo", "client.good.test",
                           "--from", "a@good.test", "--json", *words], capture_output=True, text=True, check=False)
    return json.loads(done.stdout) | {"exit": done.returncode}


def test_it_can_be_asked_beforehand(tmp_path):
    server = hermod(tmp_path, stage("no_name", "defer") + a_list("black.test"))
    told = explain(server, NAMED)
    assert told["exit"] == 1 and told["reply"]["code"] == 550 and told["screening"][0]["stage"] == "lists", told
    told = explain(server, "127.0.0.3")
    assert told["exit"] == 75 and told["reply"]["enhanced"] == "4.7.25", told
    told = explain(server, CUSTOMER)
    assert told["exit"] == 0 and told["screening"] == [], told


def test_settings_that_cannot_be_are_refused(tmp_path):
    for settings, problem in ((a_list("black.test", 'answers = ["127.0.0.x"]'), "neither an address"), (a_list("."), "write a domain"),
                              (a_list("white.test", "allows = true", "off"), 'needs action = "record"'),
                              (stage("no_name", "score", "score = nan"), "must be a number"), (stage("no_name", "score", "score = 1000"), "too large"),
                              (stage("no_name", "refuse"), 'one of "off", "record", "score", "defer", "reject"'),
                              ('[screening]\nexempt_recipients = ["x"]\n', "neither an address"),
                              (stage("address_in_name", more='keywords = [" "]'), "a keyword is empty")):
        done = hermod(tmp_path, settings).run("check", check=False)
        assert done.returncode == 2 and problem in done.stderr, (settings, done.stderr)
