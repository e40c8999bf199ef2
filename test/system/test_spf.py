"""SPF in a running server: what a client hears, and what is written on its mail, for each grade of [spf] behavior. RFC 7208, RFC 7372."""
import json
import os
import re
import shutil
import signal
import subprocess

import dns
import pytest
from hermod import Client, Hermod, free_port, wait_until

STRANGER = "127.0.0.2"  # not in relay.networks

TABLE = [
    {"name": "pass.test", "type": "TXT", "data": f"v=spf1 ip4:{STRANGER} -all"},
    {"name": "temperror.test", "type": "*", "rcode": "TIMEOUT"},
    {"name": "fail.test", "type": "TXT", "data": "v=spf1 -all exp=why.fail.test"},
    {"name": "why.fail.test", "type": "TXT", "data": "%{i} is none of ours"},
    {"name": "softfail.test", "type": "TXT", "data": "v=spf1 ~all"},
    {"name": "neutral.test", "type": "TXT", "data": "v=spf1 ?all"},
    {"name": "none.test", "type": "A", "data": STRANGER},
    {"name": "permerror.test", "type": "TXT", "data": "v=spf1 nonsense -all"},
    {"name": "bogus.test", "type": "*", "rcode": "BOGUS"},
]

# As of which grade a result is refused, and how. The levels are those of qmail's SPF patch.
REFUSED = {
    "pass": (7, 0, ""),
    "temperror": (2, 451, "4.7.24"),
    "fail": (3, 550, "5.7.23"),
    "softfail": (4, 550, "5.7.23"),
    "neutral": (5, 550, "5.7.23"),
    "none": (6, 550, "5.7.23"),
    "permerror": (6, 550, "5.7.24"),
}
GRADES = ["off", "record", "defer", "reject_fail", "reject_softfail", "reject_neutral", "reject_none"]


def hermod(folder, spf: str, table=TABLE, **options) -> Hermod:
    (folder / "dns").write_text("".join(json.dumps(line) + "\n" for line in table))
    return Hermod(folder=folder, extra=f'[dns]\ntable = "{folder}/dns"\n[spf]\n{spf}\n' + options.pop("extra", ""), **options)


def at_rcpt(client, sender: str) -> tuple[int, str]:
    assert client.say(f"MAIL FROM:<{sender}>")[0] == 250
    reply = client.say("RCPT TO:<u@l.test>")
    client.say("RSET")
    return reply


def is_refused(server: Hermod) -> bool:
    with server.client(source=STRANGER) as client:
        client.hello()
        return at_rcpt(client, "a@fail.test")[0] == 550


def unfolded(message: bytes) -> str:
    return re.sub(r"\r?\n[ \t]+", " ", message.decode())


def results(message: bytes) -> list[str]:
    head = unfolded(message).split("\n\n")[0].replace("\r", "")
    return [line.split()[1] for line in head.split("\n") if line.startswith("Received-SPF: ")]


@pytest.mark.parametrize("level", range(7))
def test_each_grade_refuses_what_it_says(tmp_path, level):
    behavior = f'"{GRADES[level]}"' if level % 2 else level
    with hermod(tmp_path, f"behavior = {behavior}\nhelo = false") as server, server.client(source=STRANGER) as client:
        assert bool(server.pids("policyd")) == (level > 0)
        client.hello("[127.0.0.2]")
        taken = []
        for result, (refused_from, code, enhanced) in REFUSED.items():
            got, text = at_rcpt(client, f"a@{result}.test")
            if level < refused_from:
                assert got == 250, (result, text)
                taken.append(result)
            else:
                assert got == code and text.startswith(enhanced), (result, got, text)
        for result in taken:
            client.say("RSET")
            client.deliver(b"Subject: x\r\n\r\nx\r\n", f"a@{result}.test")
        found = sorted(result for message in server.wait_for(len(taken)) for result in results(message))
        assert found == (sorted(taken) if level > 0 else [])


SEE = f"See http://spf.pobox.com/why.html?sender=a%40{{}}.test&ip={STRANGER}&receiver=mx.l.test (#5.7.1)"

# What qmail-smtpd with the patch says, octet for octet: from which level on, whether at MAIL, and how.
PATCH = {
    "pass": (7, "RCPT", ""),
    "temperror": (2, "MAIL", "451 SPF lookup failure (#4.3.0)"),
    "fail": (3, "RCPT", f"550 {STRANGER} is none of ours (#5.7.1)"),
    **{result: (level, "RCPT", "550 " + SEE.format(result))
       for result, level in {"softfail": 4, "neutral": 5, "none": 6, "permerror": 6}.items()},
}


def line(client, command: str) -> str:
    client.send(command.encode() + b"\r\n")
    return client.line()


# The seven levels and the seven results, in the words of the patch.
@pytest.mark.parametrize("level", range(7))
def test_each_level_says_what_the_patch_says(tmp_path, level):
    with hermod(tmp_path, f'behavior = {level}\nreplies = "qmail"\nhelo = false') as server, server.client(source=STRANGER) as client:
        client.hello("[127.0.0.2]")
        for result, (refused_from, where, words) in PATCH.items():
            is_refused = level >= refused_from
            at_mail = line(client, f"MAIL FROM:<a@{result}.test>")
            assert at_mail == words if is_refused and where == "MAIL" else at_mail.startswith("250 "), (result, at_mail)
            if not is_refused or where == "RCPT":
                for recipient in ("u", "w", "nobody"):
                    at_rcpt = line(client, f"RCPT TO:<{recipient}@l.test>")
                    assert at_rcpt == words if is_refused else at_rcpt[:3] == ("550" if recipient == "nobody" else "250"), (result, at_rcpt)
            client.say("RSET")


@pytest.mark.parametrize("replies, lines", [("qmail", ["550-not from here", "550 see http://we.test/a (#5.7.1)"]),
                                             ("standard", ["550-5.7.23 not from here", "550 5.7.23 see http://we.test/a"])])
def test_an_explanation_of_ours_may_have_lines(tmp_path, replies, lines):
    settings = f'behavior = "reject_fail"\nreplies = "{replies}"\nhelo = false\nexplanation = "not from here\\nsee http://we.test/%{{L}}"'
    with hermod(tmp_path, settings, [{"name": "fail.test", "type": "TXT", "data": "v=spf1 -all"}]) as server, server.client(source=STRANGER) as client:
        client.hello("[127.0.0.2]")
        said = line(client, "MAIL FROM:<a@fail.test>")
        if said.startswith("250"):
            said = line(client, "RCPT TO:<u@l.test>")
        assert [said, client.line()] == lines


def test_the_patchs_explanation_is_the_administrators(tmp_path):
    settings = 'behavior = 6\nreplies = "qmail"\nexplanation = "%{l} of %{o} may not come from %{i} to %{r}"'
    with hermod(tmp_path, settings) as server, server.client(source=STRANGER) as client:
        client.hello("[127.0.0.2]")
        for result in ("softfail", "none", "permerror"):
            assert at_rcpt(client, f"a@{result}.test") == (550, f"a of {result}.test may not come from {STRANGER} to mx.l.test (#5.7.1)")
        assert at_rcpt(client, "a@fail.test") == (550, f"{STRANGER} is none of ours (#5.7.1)"), "the domain's own goes before"


# Each recipient hears what his domain's grade says.
def test_domains_of_recipients_have_grades_of_their_own(tmp_path):
    domains = {"l.test": None, "strict.test": "reject_none", "sub.strict.test": None, "mild.test": 1, "waits.test": '2'}
    settings = 'behavior = "reject_fail"\nhelo = false\n' + "".join(
        f'[spf.domains."{name}"]\nbehavior = {behavior}\n'
        for name, behavior in {"strict.test": 6, ".strict.test": '"reject_softfail"', "mild.test": 1, "waits.test": '"2"'}.items())
    with hermod(tmp_path, settings, domains=list(domains), mailboxes=[f"u@{name}" for name in domains]) as server, \
            server.client(source=STRANGER) as client:
        client.hello("[127.0.0.2]")
        levels = {"l.test": 3, "strict.test": 6, "sub.strict.test": 4, "mild.test": 1, "waits.test": 2}
        for result, (refused_from, code, enhanced) in REFUSED.items():
            assert client.say(f"MAIL FROM:<a@{result}.test>")[0] == 250
            for domain, level in levels.items():
                got, text = client.say(f"RCPT TO:<u@{domain}>")
                assert (got, text[:6]) == (code, enhanced) if level >= refused_from else got == 250, (result, domain, got, text)
            client.say("RSET")


def test_one_domain_is_enough_for_policyd(tmp_path):
    with hermod(tmp_path, 'behavior = 0\n[spf.domains."l.test"]\nbehavior = 3') as server, server.client(source=STRANGER) as client:
        client.hello("[127.0.0.2]")
        assert at_rcpt(client, "a@fail.test")[0] == 550


# What was found is part of the message's story.
def test_the_result_is_traced(tmp_path):
    with hermod(tmp_path, 'behavior = "record"') as server, server.client(source=STRANGER) as client:
        identity = client.deliver(b"Subject: x\r\n\r\nx\r\n", "a@softfail.test")
        server.wait_for(1)
        found = wait_until(lambda: [event for event in server.events() if event["event"] == "sender_checked"], what="the event")
        assert [(event["id"], event["domain"], event["identity"], event["result"], event["client"]) for event in found] == [
            (identity, "softfail.test", "mailfrom", "softfail", STRANGER), (identity, "client.test", "helo", "none", STRANGER)]
        assert f"SPF of softfail.test (mailfrom) for {STRANGER}: softfail (all)" in server.run("trace", identity).stdout


# RFC 7208 §9.1: above the trace field that belongs to it. In a message that names its own verdict ours comes first.
def test_the_result_stands_on_top(tmp_path):
    with hermod(tmp_path, 'behavior = "record"') as server, server.client(source=STRANGER) as client:
        client.deliver(b"Received-SPF: pass (me: trust me)\r\nSubject: x\r\n\r\nx\r\n", "a@fail.test")
        message = unfolded(server.wait_for(1)[0])
        fields = [line.split(":")[0] for line in message.split("\n")]
        at = fields.index("Received-SPF")
        assert fields[at:at + 4] == ["Received-SPF", "Received-SPF", "Received", "Received-SPF"], fields
        assert message.split("\n")[at].startswith(
            f"Received-SPF: fail (mx.l.test: domain of a@fail.test does not designate {STRANGER} as permitted sender)"), message
        assert results(server.messages()[0]) == ["fail", "none", "pass"], "of the sender, of HELO, of the forger"


# RFC 7208 §6.2
def test_the_domain_explains(tmp_path):
    with hermod(tmp_path, 'behavior = "reject_fail"') as server, server.client(source=STRANGER) as client:
        client.hello()
        assert at_rcpt(client, "a@fail.test") == (550, f"5.7.23 fail.test explains: {STRANGER} is none of ours")
        wait_until(lambda: any(event["event"] == "rejected" and event.get("from") == "a@fail.test"
                               and event.get("to") == "u@l.test" for event in server.events()), what="the refusal in the log")


def test_what_the_administrator_adds(tmp_path):
    settings = f'''behavior = "reject_none"
local_rules = "exists:%{{l}}.friends.test"
guess = "a"
explanation = "%{{i}} may not, says %{{r}}"'''
    table = TABLE + [{"name": "ann.friends.test", "type": "A", "data": "127.0.0.2"},
                     {"name": "plain.test", "type": "TXT", "data": "v=spf1 -all"}]
    with hermod(tmp_path, settings, table) as server, server.client(source=STRANGER) as client:
        client.hello()
        assert at_rcpt(client, "ann@fail.test")[0] == 250, "a rule of ours"
        assert at_rcpt(client, "bob@none.test")[0] == 250, "a guess"
        assert at_rcpt(client, "bob@plain.test") == (550, f"5.7.23 {STRANGER} may not, says mx.l.test")
        assert at_rcpt(client, "bob@absent.test")[0] == 550, "no guess for what does not exist"


# RFC 7208 §2.3, §2.4
def test_helo_is_asked_about(tmp_path):
    with hermod(tmp_path, 'behavior = "reject_fail"') as server, server.client(source=STRANGER) as client:
        client.hello("fail.test")
        assert at_rcpt(client, "a@pass.test")[0] == 550
        assert at_rcpt(client, "")[0] == 550
        client.hello("pass.test")
        assert at_rcpt(client, "a@pass.test")[0] == 250
        assert at_rcpt(client, "")[0] == 250


def test_our_own_are_not_asked_about(tmp_path):
    lmtp = free_port()
    with hermod(tmp_path, 'behavior = "reject_none"\ntrusted_forwarders = ["127.0.0.3"]',
                listeners=f'[[listen]]\nprotocol = "lmtp"\naddress = "127.0.0.1:{lmtp}"\n') as server:
        for source in ("127.0.0.1", "127.0.0.3"):
            with server.client(source=source) as client:
                client.hello()
                assert at_rcpt(client, "a@fail.test")[0] == 250, source
        with Client(lmtp, source=STRANGER) as client:
            assert client.say("LHLO fail.test")[0] == 250
            assert at_rcpt(client, "a@fail.test")[0] == 250


# DNS trouble is never a pass, and no bogus answer is one.
def test_a_bogus_answer_is_temporary_trouble(tmp_path):
    with hermod(tmp_path, 'behavior = "defer"') as server, server.client(source=STRANGER) as client:
        client.hello()
        code, text = at_rcpt(client, "a@bogus.test")
        assert code == 451 and text.startswith("4.7.24"), (code, text)


@pytest.mark.parametrize("unavailable, code", [("defer", 451), ("accept", 250)])
def test_without_policyd(tmp_path, unavailable, code):
    with hermod(tmp_path, f'behavior = "reject_fail"\n[policy]\nunavailable = "{unavailable}"') as server:
        with server.client(source=STRANGER) as client:
            client.hello()
            os.kill(server.pids("policyd")[0], signal.SIGSTOP)  # it is asked, and dies before it answers
            client.send(b"MAIL FROM:<a@pass.test>\r\n")
            wait_until(lambda: asked(server.pids("policyd")[0]), what="the question")
            os.kill(server.pids("policyd")[0], signal.SIGKILL)
            assert client.reply()[0] == 250
            assert client.say("RCPT TO:<u@l.test>")[0] == code
            wait_until(lambda: any("<a@pass.test> from" in event.get("reason", "") for event in server.events()), what="the log")
        wait_until(lambda: is_refused(server), what="a verdict of its successor")


def asked(pid: int) -> bool:
    """Whether something waits in one of its sockets."""
    inodes = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    done = subprocess.run(["ss", "-xHe", "-p"], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        words = line.split()
        if words[1] != "LISTEN" and int(words[2]) > 0 and any(f"socket:[{words[5]}]" == inode for inode in inodes):
            return True
    return False


def test_a_reload_changes_the_grade(tmp_path):
    with hermod(tmp_path, 'behavior = "record"') as server:
        with server.client(source=STRANGER) as client:
            client.hello()
            assert at_rcpt(client, "a@fail.test")[0] == 250
        server.config.write_text(server.config.read_text().replace('"record"', '"reject_fail"'))
        server.run("reload")
        wait_until(lambda: is_refused(server), what="the new grade")


def test_a_reload_cannot_bring_policyd(tmp_path):
    with hermod(tmp_path, 'behavior = "off"') as server:
        server.config.write_text(server.config.read_text().replace('"off"', '"reject_fail"'))
        done = server.run("reload", check=False)
        assert "spf.behavior" in done.stdout + done.stderr + server.log_text()
        with server.client(source=STRANGER) as client:
            client.hello()
            assert at_rcpt(client, "a@fail.test")[0] == 250, "mail goes on as before"


@pytest.mark.parametrize("wrong", ['behavior = "none"', 'behavior = "7"', "behavior = 7", "behavior = -1", "behavior = true", 'replies = "rude"', 'local_rules = "redirect=x.test"', 'guess = "nonsense"',
                                   'explanation = "%{q}"'])
def test_wrong_settings_are_told(tmp_path, wrong):
    server = hermod(tmp_path, wrong)
    done = server.run("check", check=False)
    assert done.returncode != 0 and wrong.split()[0] in done.stdout + done.stderr, done


@pytest.mark.skipif(not shutil.which("swaks"), reason="needs swaks")
@pytest.mark.parametrize("result", REFUSED)
def test_swaks_hears_it(tmp_path, result):
    with hermod(tmp_path, 'behavior = "reject_none"') as server:
        done = subprocess.run(["swaks", "--server", "127.0.0.1", "--port", str(server.port), "--local-interface", STRANGER,
                               "--helo", "[127.0.0.2]", "--from", f"a@{result}.test", "--to", "u@l.test"],
                              capture_output=True, text=True, check=False, timeout=120)
        _, code, enhanced = REFUSED[result]
        assert (f"{code} {enhanced}" in done.stdout) if code else (done.returncode == 0), done.stdout
        assert len(server.messages()) <= (0 if code else 1)


@pytest.mark.parametrize("result", REFUSED)
def test_what_is_explained_is_what_happens(tmp_path, result):
    with hermod(tmp_path, 'behavior = "reject_softfail"') as server, server.client(source=STRANGER) as client:
        client.hello("pass.test")
        code, text = at_rcpt(client, f"a@{result}.test")
        done = server.run("explain", "--ip", STRANGER, "--helo", "pass.test", "--from", f"a@{result}.test", "--json", check=False)
        told = json.loads(done.stdout)
        assert told["accepted"] == (code == 250)
        assert [check["result"] for check in told["checks"]] == ([result, "pass"] if result != "pass" else ["pass"])
        if code != 250:
            assert (code, text) == (told["reply"]["code"], f'{told["reply"]["enhanced"]} {told["reply"]["text"]}')
        assert done.returncode == (0 if code == 250 else 75 if code == 451 else 1)


ZONES = {"st13.example": "@ TXT \"v=spf1 include:_spf.st12.example -all\"\n",
         "st12.example": f"_spf TXT \"v=spf1 a:out.st12.example -all\"\nout A {STRANGER}\n@ TXT \"v=spf1 -all\"\n"}


@pytest.mark.skipif(not dns.is_installed(), reason="needs NSD and Unbound")
def test_a_real_resolver_is_asked(tmp_path):
    zones = {name: "@ MX 10 mail\n" + records for name, records in ZONES.items()}
    with dns.Names(zones) as names, \
            Hermod(folder=tmp_path, extra=f'[dns]\nresolver = "127.0.0.1:{names.port}"\n[spf]\nbehavior = "reject_fail"\n') as server, \
            server.client(source=STRANGER) as client:
        client.hello()
        assert at_rcpt(client, "a@st13.example")[0] == 250
        assert at_rcpt(client, "a@st12.example")[0] == 550
