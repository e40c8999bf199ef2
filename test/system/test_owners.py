"""Lists with owners: what goes through them leaves from the owner's address, and errors go there. Sendmail's and Postfix's
owner-list, qmail's list-owner, and its variable senders (VERP)."""
import pytest
from hermod import Hermod, wait_until
from sink import Sink

ALIASES = """
[aliases]
"list@l.test" = ["w@l.test", "m1@far.test", "m2@far.test", "missing@l.test"]
"owner-list@l.test" = ["o@l.test"]
"qlist@l.test" = ["m1@far.test"]
"qlist-owner@l.test" = ["o@l.test"]
"verp@l.test" = ["w@l.test", "m1@far.test", "m2@far.test"]
"verp-owner@l.test" = ["o@l.test"]
"verp-owner-default@l.test" = ["o@l.test"]
"""


@pytest.fixture(scope="module")
def server():
    with Sink() as sink, Hermod(mailboxes=["u@l.test", "w@l.test", "o@l.test"], extra=ALIASES,
                                routes=f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n') as hermod:
        yield hermod, sink


def sent(sink, subject: str) -> dict[str, str]:
    """Recipient elsewhere → the reverse-path of his copy."""
    return {recipient: taken.sender for taken in sink.taken if f"Subject: {subject}\r\n".encode() in taken.octets
            for recipient in taken.recipients}


def in_mailbox(hermod, address: str, subject: str) -> list[str]:
    return [message.split(b"\n")[0].decode() for message in hermod.messages(address)
            if f"\nSubject: {subject}\n".encode() in message.split(b"\n\n")[0] + b"\n"]


def post(hermod, address: str, subject: str, sender: str = "u@l.test"):
    with hermod.client() as client:
        client.deliver(f"Subject: {subject}\r\n\r\nx\r\n".encode(), sender, address)
    hermod.wait_idle()


def test_errors_go_to_the_owner(server):
    hermod, sink = server
    post(hermod, "list@l.test", "owned")
    assert sent(sink, "owned") == {"m1@far.test": "owner-list@l.test", "m2@far.test": "owner-list@l.test"}
    assert in_mailbox(hermod, "w@l.test", "owned") == ["Return-Path: <owner-list@l.test>"]
    notices = wait_until(lambda: [m for m in hermod.messages("o@l.test") if b"missing@l.test" in m])
    assert len(notices) == 1 and notices[0].startswith(b"Return-Path: <>")
    assert not hermod.messages("u@l.test"), "the sender hears of nothing"


def test_an_owner_as_qmail_has_him(server):
    hermod, sink = server
    post(hermod, "qlist@l.test", "qmail")
    assert sent(sink, "qmail") == {"m1@far.test": "qlist-owner@l.test"}


def test_each_copy_from_an_address_of_its_own(server):
    hermod, sink = server
    post(hermod, "verp@l.test", "variable")
    assert sent(sink, "variable") == {"m1@far.test": "verp-owner-m1=far.test@l.test", "m2@far.test": "verp-owner-m2=far.test@l.test"}
    assert in_mailbox(hermod, "w@l.test", "variable") == ["Return-Path: <verp-owner-w=l.test@l.test>"]
    # What comes back to such an address is the owner's.
    post(hermod, "verp-owner-m1=far.test@l.test", "came back", sender="")
    assert in_mailbox(hermod, "o@l.test", "came back") == ["Return-Path: <>"]


@pytest.mark.parametrize("address", ["list@l.test", "qlist@l.test", "verp@l.test"])
def test_nobody_stays_nobody(server, address):
    hermod, sink = server
    post(hermod, address, f"from nobody to {address}", sender="")
    assert set(sent(sink, f"from nobody to {address}").values()) == {""}


def test_a_member_appears_once_however_many_paths_lead_there(server):
    hermod, sink = server
    with hermod.client() as client:
        client.deliver(b"Subject: once\r\n\r\nx\r\n", "u@l.test", "list@l.test", "m1@far.test", "qlist@l.test", "w@l.test")
    hermod.wait_idle()
    copies = [recipient for taken in sink.taken if b"Subject: once\r\n" in taken.octets for recipient in taken.recipients]
    assert sorted(copies) == ["m1@far.test", "m2@far.test"] and len(in_mailbox(hermod, "w@l.test", "once")) == 1
