"""What would become of a message, told without doing it: SPF, DKIM, ARC, DMARC and the list of senders together, and what would make a difference."""
import json
import subprocess

import pytest
from hermod import BINARY, Hermod

STRANGER = "127.0.0.2"
MESSAGE = "From: Ann <ann@strict.test>\r\nTo: u@l.test\r\nSubject: hello\r\n\r\nHello\r\n"
TABLE = [{"name": "_dmarc.strict.test", "type": "TXT", "data": "v=DMARC1; p=reject"},
         {"name": "_dmarc.mild.test", "type": "TXT", "data": "v=DMARC1; p=quarantine"},
         {"name": "strict.test", "type": "TXT", "data": "v=spf1 ip4:127.0.0.3 -all"}]


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(BINARY), *arguments], capture_output=True, text=True, check=False, timeout=120)


class Site:
    def __init__(self, folder, settings: str = ""):
        self.folder = folder
        self.server = Hermod(folder=folder, extra=f'{settings}\n[dns]\ntable = "{folder}/dns"\n')
        self.publish([])

    def publish(self, records: list[dict]):
        (self.folder / "dns").write_text("".join(json.dumps(line) + "\n" for line in TABLE + records))

    def explain(self, message: str, *options: str) -> tuple[int, dict]:
        (self.folder / "message").write_text(message, newline="")
        done = self.server.run("explain", "--message", str(self.folder / "message"), "--json", *options, check=False)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)


CLIENT = ("--ip", STRANGER, "--helo", "mx.strict.test", "--from", "ann@strict.test")


# RFC 9989 §7
def test_what_is_refused_is_told_with_what_would_make_a_difference(tmp_path):
    site = Site(tmp_path, '[dmarc]\nbehavior = "reject"\n')
    status, told = site.explain(MESSAGE, *CLIENT)
    message = told["message"]
    assert status == 1 and not message["accepted"] and message["reply"]["code"] == 550 and message["reply"]["enhanced"] == "5.7.26"
    assert message["dmarc"]["result"] == "fail" and message["spf"][0]["result"] == "fail" and message["dkim"]["signatures"] == []
    assert [one.split(" ")[1:4] for one in message["would_be_taken"]] == [["a", "DKIM", "signature"], ["dmarc.behavior", "=", '"record"']]
    assert "dmarc=fail" in message["authentication_results"]
    text = site.server.run("explain", "--message", str(tmp_path / "message"), *CLIENT, check=False).stdout
    assert "After DATA: 550 5.7.26" in text and "It would be taken with a DKIM signature of strict.test" in text

    status, told = site.explain(MESSAGE, *("--ip", "127.0.0.3", *CLIENT[2:]))
    assert status == 0 and told["message"]["accepted"] and told["message"]["would_be_taken"] == [], "SPF passes, aligned"
    status, told = site.explain(MESSAGE)
    assert status == 1 and told["message"]["spf"] == [], "no client, no SPF"

    made = json.loads(run("dkim", "keygen", "--domain", "strict.test", "--selector", "s", "--key", str(tmp_path / "key"), "--json").stdout)
    text = made["record"]
    site.publish([{"name": made["name"], "type": "TXT", "data": [text[i:i + 255] for i in range(0, len(text), 255)]}])
    signed = run("dkim", "sign", "--domain", "strict.test", "--selector", "s", "--key", str(tmp_path / "key"), str(tmp_path / "message")).stdout
    status, told = site.explain(signed.replace("\n", "\r\n"), *CLIENT)
    assert status == 0 and told["message"]["dkim"]["signatures"][0]["result"] == "pass" and told["message"]["dmarc"]["result"] == "pass", told


def test_junk_blocks_and_what_spf_refuses(tmp_path):
    site = Site(tmp_path, '[dmarc]\nbehavior = "reject"\n[senders]\nbehavior = "reject"\n[spf]\nbehavior = "reject_fail"\n')
    mild = MESSAGE.replace("strict.test", "mild.test")
    client = ("--ip", STRANGER, "--from", "ann@mild.test")
    status, told = site.explain(mild, *client)
    assert status == 0 and told["message"]["accepted"] and told["message"]["junk"] and told["message"]["would_be_taken"]
    site.server.run("sender", "block", "mild.test")
    status, told = site.explain(mild, *client)
    assert status == 1 and told["message"]["reply"]["enhanced"] == "5.7.1" and "mild.test is blocked" in told["message"]["reason"]
    assert told["message"]["would_be_taken"] == [], "it would be junk without the block, too"
    other = MESSAGE.replace("strict.test", "other.test")
    site.server.run("sender", "block", "other.test")
    assert any("hermod sender remove other.test" in one for one in site.explain(other, "--ip", STRANGER, "--from", "ann@other.test")[1]["message"]["would_be_taken"])
    status, told = site.explain(other, *CLIENT)
    assert status == 1 and told["message"]["reply"]["enhanced"] == "5.7.23", "SPF, at RCPT already"


def test_the_mail_of_our_people_and_of_nobody_who_judges(tmp_path):
    site = Site(tmp_path, '[dkim]\nsign = true\nwait = "0s"\n')
    assert site.explain(MESSAGE, *CLIENT)[1]["message"]["not_judged"], "nothing is set"
    assert site.explain(MESSAGE.replace("strict.test", "l.test"), "--relay")[1]["message"]["signed_for"] == []
    site.server.run("dkim", "rotate", "l.test")
    keys = json.loads(site.server.run("dkim", "status", "--json").stdout)["domains"][0]["keys"]
    site.publish([{"name": key["name"], "type": "TXT", "data": [key["record"][i:i + 255] for i in range(0, len(key["record"]), 255)]} for key in keys])
    site.server.run("dkim", "rotate", "l.test")
    for options in (("--relay",), ("--ip", "127.0.0.1")):
        status, told = site.explain(MESSAGE.replace("strict.test", "l.test"), *options)
        assert status == 0 and told["message"]["signed_for"] == [f"l.test ({key['selector']})" for key in keys], told


def test_a_message_for_somebody(tmp_path):
    site = Site(tmp_path, '[dmarc]\nbehavior = "record"\n')
    status, told = site.explain(MESSAGE, *CLIENT, "--to", "u@l.test")
    assert status == 0 and told["accepted"] and told["deliveries"] and told["message"]["accepted"]
    status, told = site.explain(MESSAGE, *CLIENT, "--to", "nobody@l.test")
    assert status == 1 and not told["accepted"] and told["message"]["accepted"]
    done = site.server.run("explain", "--to", "u@l.test", "--ip", STRANGER, "--relay", check=False)
    assert done.returncode == 2 and "--relay" in done.stderr
    assert site.server.run("explain", "--message", str(tmp_path / "none"), check=False).returncode == 2


@pytest.mark.parametrize("address", ["check@l.test", "CHECK@l.test"])
def test_reflectors_are_known(tmp_path, address):
    server = Hermod(folder=tmp_path, extra='[reflector]\naddress = ["check@l.test"]\n')
    told = json.loads(server.run("explain", "--to", address, "--json").stdout)
    assert told["accepted"] and told["deliveries"] == [] and "reflector.address" in told["steps"][-1]["finding"]
    done = server.run("explain", "--to", "chuck@l.test", check=False)
    assert done.returncode == 1 and "reflector.address" not in done.stdout
