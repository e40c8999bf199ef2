"""Aggregate reports of DMARC (RFC 9990): made by one server, sent the day after, read by another; and those of strangers and attackers."""
import email
import email.message
import gzip
import io
import json
import sqlite3
import time
import xml.etree.ElementTree as ElementTree
import zipfile

from hermod import Hermod, wait_until

STRANGER = "127.0.0.2"
DAY = 86_400
NAMESPACE = "{urn:ietf:params:xml:ns:dmarc-2.0}"

TABLE = [
    {"name": "s.test", "type": "TXT", "data": f"v=spf1 ip4:{STRANGER} -all"},
    {"name": "_dmarc.s.test", "type": "TXT",
     "data": "v=DMARC1; p=reject; rua=mailto:dmarc@b.test!10m,mailto:dmarc@elsewhere.test,mailto:small@b.test!1k"},
    {"name": "s.test._report._dmarc.b.test", "type": "TXT", "data": "v=DMARC1"},
    {"name": "quiet.test", "type": "TXT", "data": f"v=spf1 ip4:{STRANGER} -all"},
    {"name": "_dmarc.quiet.test", "type": "TXT", "data": "v=DMARC1; p=none"},
]


def hermod(folder, settings: str, **options) -> Hermod:
    folder.mkdir(exist_ok=True)
    (folder / "dns").write_text("".join(json.dumps(line) + "\n" for line in TABLE))
    return Hermod(folder=folder, extra=f'[dns]\ntable = "{folder}/dns"\n{settings}\n', **options)


def from_stranger(server: Hermod, sender: str, author: str, recipient: str = "u@l.test"):
    with server.client(source=STRANGER) as client:
        client.deliver(f"From: {author}\r\nTo: {recipient}\r\nSubject: x\r\n\r\nx\r\n".encode(), sender, recipient)


def asked(server: Hermod, *words: str):
    return json.loads(server.run("reports", *words, "--json").stdout)


def collected(server: Hermod) -> list:
    return asked(server, "collected")


def age_by_a_day(server: Hermod):
    """What was counted today becomes yesterday's; the server is not running."""
    with sqlite3.connect(server.folder / "data" / "policy" / "reports.db") as database:
        database.execute("UPDATE policy SET day = day - 1")
    database.close()


def report_in(message: bytes):
    """The attachment's name and the document, read by other people's programs."""
    for part in email.message_from_bytes(message).walk():
        if part.get_content_type() == "application/gzip":
            return part.get_filename(), ElementTree.fromstring(gzip.decompress(part.get_payload(decode=True)))
    raise AssertionError(message)


def value(element, path: str) -> str:
    return element.findtext("/".join(NAMESPACE + name for name in path.split("/")))


SENDING = '[dmarc]\nbehavior = "record"\n[reports]\nsend = true\nhour = 0\nspread = "0s"\n'


# RFC 9990 §3.1, §3.5, §4
def test_a_day_is_told_of_and_read_by_another_server(tmp_path):
    receiving = '[dmarc]\nbehavior = "record"\n[reports]\nreceive = ["dmarc@b.test"]\n'
    with hermod(tmp_path / "b", receiving, hostname="mx.b.test", domains=("b.test",), mailboxes=("dmarc@b.test",),
                networks=("10.0.0.0/8",)) as other:
        route = f'[[route]]\ndomain = "b.test"\nnext_hop = "127.0.0.1:{other.port}"\n'
        server = hermod(tmp_path / "a", SENDING, routes=route)
        with server:
            from_stranger(server, "a@s.test", "a@s.test")
            from_stranger(server, "a@s.test", "a@s.test")
            from_stranger(server, "x@forger.test", "a@s.test")
            from_stranger(server, "a@quiet.test", "a@quiet.test")
            wait_until(lambda: collected(server) and collected(server)[0]["messages"] == 3, what="three messages counted")
            assert [(row["domain"], row["sent"]) for row in collected(server)] == [("s.test", 0)], "who wants reports, and no other"
        age_by_a_day(server)
        with server:
            message = other.wait_for(1, "dmarc@b.test")[0]
            name, report = report_in(message)
            begin, end = (int(value(report, f"report_metadata/date_range/{which}")) for which in ("begin", "end"))
            assert begin % DAY == 0 and end == begin + DAY - 1
            assert name == f"mx.l.test!s.test!{begin}!{end}.xml.gz"
            parsed = email.message_from_bytes(message)
            assert parsed["Return-Path"] == "<>" and parsed["From"] == "postmaster@mx.l.test"
            assert parsed["To"] == "dmarc@b.test", "who agrees, and has room for it"
            subject = " ".join(parsed["Subject"].split())
            assert subject == f"Report Domain: s.test Submitter: mx.l.test Report-ID: <{value(report, 'report_metadata/report_id')}>"
            assert value(report, "policy_published/domain") == "s.test" and value(report, "policy_published/p") == "reject"
            rows = {value(record, "row/policy_evaluated/spf"): record for record in report.findall(NAMESPACE + "record")}
            assert value(rows["pass"], "row/source_ip") == STRANGER and value(rows["pass"], "row/count") == "2"
            assert value(rows["pass"], "auth_results/spf/result") == "pass"
            assert value(rows["fail"], "row/count") == "1"
            assert value(rows["fail"], "identifiers/envelope_from") == "forger.test"
            assert value(rows["fail"], "row/policy_evaluated/disposition") == "none"
            assert value(rows["fail"], "row/policy_evaluated/reason/type") == "local_policy"
            wait_until(lambda: collected(server)[0]["sent"] > 0, what="the day done with")
        with server:  # once more
            from_stranger(server, "a@s.test", "a@s.test")
            wait_until(lambda: len(collected(server)) == 2, what="the next day counted")
            server.wait_idle()
        assert len(other.messages("dmarc@b.test")) == 1, "told of once"
        wait_until(lambda: asked(other, "list"), what="the report read")
        assert [(one["domain"], one["messages"], one["passed"]) for one in asked(other, "list")] == [("s.test", 3, 2)]
        shown = asked(other, "show", "S.test")
        assert shown["sources"] == [{"source": STRANGER, "messages": 3, "passed": 2, "failed": 1, "dkim": 0, "spf": 2,
                                     "quarantined": 0, "rejected": 0}]
        assert [(one["organization"], one["sender"], one["sender_is_proved"]) for one in shown["reports"]] == [
            ("mx.l.test", "mx.l.test", False)]
        text = other.run("reports", "show", "s.test").stdout
        assert f"{STRANGER}  3 messages, 2 passed, 1 failed; by DKIM 0, by SPF 2" in text
        assert "sent by mx.l.test, not proved" in text
        assert other.run("reports", "show", "nobody.test", check=False).returncode == 1


def test_a_reload_switches_reports_on_and_off(tmp_path):
    receiving = '[reports]\nreceive = ["dmarc@l.test"]\n'
    with hermod(tmp_path / "a", '[dmarc]\nbehavior = "record"\n', mailboxes=("u@l.test", "dmarc@l.test")) as server:
        from_stranger(server, "a@s.test", "a@s.test")
        settings = server.config.read_text()
        server.config.write_text(settings + "[reports]\nsend = true\n")
        server.run("reload")
        from_stranger(server, "a@s.test", "a@s.test")
        wait_until(lambda: collected(server), what="mail counted")
        assert collected(server)[0]["messages"] == 1, "from then on"
        server.config.write_text(settings + receiving)
        server.run("reload")
        now = int(time.time()) // DAY * DAY
        octets = report("l.test").replace("{0}", str(now - DAY)).replace("{1}", str(now - 1)).encode()
        with server.client(source=STRANGER) as client:
            client.deliver(attached(octets, "text/xml", "a.xml"), "p@big.test", "dmarc@l.test")
        wait_until(lambda: asked(server, "list"), what="the report read")
        from_stranger(server, "a@s.test", "a@s.test")
    with server:
        assert collected(server)[0]["messages"] == 1, "nothing is counted any more"


def test_what_was_counted_survives_a_stop(tmp_path):
    server = hermod(tmp_path / "a", SENDING)
    with server:
        from_stranger(server, "a@s.test", "a@s.test")
    assert server.stop() == 0
    with server:
        assert collected(server)[0]["messages"] == 1


def report(domain: str, report_id: str = "1") -> bytes:
    return (f"<?xml version='1.0'?><feedback><report_metadata><org_name>Big &amp; Co</org_name><email>p@big.test</email>"
            f"<report_id>{report_id}</report_id><date_range><begin>{{0}}</begin><end>{{1}}</end></date_range></report_metadata>"
            f"<policy_published><domain>{domain}</domain><p>none</p><pct>100</pct></policy_published><record><row>"
            "<source_ip>192.0.2.1</source_ip><count>7</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim>"
            f"<spf>fail</spf></policy_evaluated></row><identifiers><header_from>{domain}</header_from></identifiers><auth_results/>"
            "</record></feedback>")


def attached(octets: bytes, kind: str, name: str) -> bytes:
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "p@big.test", "dmarc@l.test", "Report Domain: l.test"
    message.set_content("a report")
    message.add_attachment(octets, *kind.split("/"), filename=name)
    return message.as_bytes().replace(b"\n", b"\r\n")


def zipped(octets: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("report.xml", octets)
    return archive.getvalue()


# RFC 7489 Appendix C; RFC 9990 §8.1
def test_reports_of_all_kinds_are_read_and_attacks_are_mail(tmp_path):
    now = int(time.time()) // DAY * DAY
    with hermod(tmp_path / "a", '[reports]\nreceive = ["DMARC@l.test"]\n', mailboxes=("dmarc@l.test", "u@l.test")) as server:
        def of(domain, number="1"):
            return report(domain, number).replace("{0}", str(now - DAY)).replace("{1}", str(now - 1)).encode()
        messages = [attached(gzip.compress(of("gzip.test")), "application/gzip", "a!b!1!2.xml.gz"),
                    attached(zipped(of("zip.test")), "application/zip", "a!b!1!2.zip"),
                    attached(of("plain.test"), "text/xml", "a.xml"),
                    attached(of("plain.test"), "text/xml", "a.xml"),
                    attached(gzip.compress(b"<feedback>" + b" " * 200_000_000), "application/gzip", "bomb.xml.gz"),
                    attached(b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><feedback>&b;</feedback>', "text/xml", "bomb.xml"),
                    attached(b"\x1f\x8b\x08garbage", "application/gzip", "bad.xml.gz"),
                    b"Subject: hello\r\n\r\nhello\r\n"]
        with server.client(source=STRANGER) as client:
            for message in messages:
                client.deliver(message, "p@big.test", "dmarc@l.test")
        server.wait_for(len(messages), "dmarc@l.test")
        wait_until(lambda: sum("was not read" in event.get("reason", "") for event in server.events()) == 4, what="what is none")
        wait_until(lambda: len(asked(server, "list")) == 3, what="what is one")
        assert [(one["domain"], one["reports"], one["messages"]) for one in asked(server, "list")] == [
            ("gzip.test", 1, 7), ("plain.test", 1, 7), ("zip.test", 1, 7)]
        assert "plain.test: 1 report" in server.run("reports", "list").stdout
        assert server.pids("policyd"), "nothing fell over"


def test_what_is_set_wrong_is_said(tmp_path):
    server = hermod(tmp_path / "a", '[reports]\nreceive = ["dmarc"]\nhour = 24\n')
    done = server.run("check", check=False)
    assert done.returncode == 2 and "receive" in done.stderr + done.stdout and "hour" in done.stderr + done.stdout


def test_reports_that_nothing_would_be_in_are_warned_of(tmp_path):
    for behavior, is_warned in (("off", True), ("record", False)):
        server = hermod(tmp_path / behavior, f'[reports]\nsend = true\n[dmarc]\nbehavior = "{behavior}"\n')
        assert ("reports.send" in server.run("check").stderr) == is_warned
