"""Mail that goes round between servers of our own on one machine, or comes back to the one that sent it. RFC 5321 §6.3."""
import pytest
from hermod import Hermod, free_port, wait_until


def instance(name: str, peer: str, port: int, peer_port: int, policy: str = "bounce", max_hops: int = 100,
             remembered: int = 0) -> Hermod:
    """A server with a configuration, a data directory and a listener of its own; its alias leads to the other one's."""
    return Hermod(mailboxes=[f"u@{name}.test"], domains=[f"{name}.test"], hostname=f"mx.{name}.test", port=port,
                  routes=f'[[route]]\ndomain = "{peer}.test"\nnext_hop = "127.0.0.1:{peer_port}"\n',
                  extra=f'[aliases]\n"loop@{name}.test" = ["loop@{peer}.test"]\n'
                        f'[loops]\npolicy = "{policy}"\nmax_hops = {max_hops}\nremembered = {remembered}\n')


def pair(a: dict, b: dict) -> tuple[Hermod, Hermod]:
    port_a, port_b = free_port(), free_port()
    return instance("a", "b", port_a, port_b, **a), instance("b", "a", port_b, port_a, **b)


def times(server: Hermod, event: str, **keys) -> int:
    return sum(all(entry.get(key) == value for key, value in {"event": event, **keys}.items()) for entry in server.events())


def settle(*servers: Hermod):
    """Nothing is under way: seen twice, because a message is with one or the other."""
    def is_quiet():
        return not any(r["state"] != "held" for server in servers for entry in server.queue() for r in entry["recipients"])
    wait_until(lambda: is_quiet() and is_quiet(), 30, "quiet")


def send(server: Hermod, recipient: str, header: bytes = b""):
    with server.client() as client:
        client.deliver(header + b"Subject: round\r\n\r\nx\r\n", f"u@{recipient.split('@')[1]}", recipient)


def is_bounce(message: bytes) -> bool:
    return message.startswith(b"Return-Path: <>") and b"5.4.6" in message


# The message has 2n - 1 trace fields when it comes to a for the n-th time, and 2n at b.
@pytest.mark.parametrize("a, b, rounds, breaker, bounces", [
    ({"max_hops": 10}, {"max_hops": 10}, 5, "b", 1),
    ({"max_hops": 11}, {}, 5, "a", 1),
    ({}, {}, 50, "b", 1),
    ({"max_hops": 11, "policy": "discard"}, {}, 5, "a", 0),
    ({"max_hops": 11, "policy": "deliver"}, {}, 5, "a", 1),
    ({"max_hops": 11, "policy": "deliver"}, {"policy": "deliver", "max_hops": 10000}, 5, "a", 1),
    # Who remembers its own queue ids needs one round only.
    ({"remembered": 100}, {}, 1, "a", 1),
    ({"remembered": 100, "policy": "discard"}, {}, 1, "a", 0),
    ({}, {"remembered": 100}, 2, "b", 1),
])
def test_two_instances_send_it_round(a, b, rounds, breaker, bounces):
    first, second = pair(a, b)
    with first, second:
        send(first, "loop@a.test")
        wait_until(lambda: times({"a": first, "b": second}[breaker], "loop_broken"), 30, "the loop broken")
        wait_until(lambda: len(first.messages("u@a.test")) >= bounces, 30, "the bounce")
        settle(first, second)
        assert {"a": times(first, "loop_broken"), "b": times(second, "loop_broken")} == {"a": 0, "b": 0} | {breaker: 1}
        assert times(first, "relayed", to="loop@b.test") + times(first, "failed", to="loop@b.test") == rounds
        assert [is_bounce(message) for message in first.messages("u@a.test")] == [True] * bounces
        assert not first.queue() and not second.queue() and not second.messages("u@b.test")


def test_each_instance_holds_its_own():
    first, second = pair({"max_hops": 11, "policy": "hold"}, {})
    with first, second:
        send(first, "loop@a.test")
        [held] = wait_until(lambda: [entry for entry in first.queue() if entry["recipients"][0]["state"] == "held"], 30)
        assert not second.queue() and not first.messages("u@a.test")
        # The other one's commands know nothing of it, and its stop does not concern this one.
        assert second.run("queue", "show", held["id"], check=False).returncode != 0
        second.stop()
        assert [entry["id"] for entry in first.queue()] == [held["id"]]
        first.run("queue", "bounce", held["id"])
        assert len(first.wait_for(1, "u@a.test")) == 1
        first.wait_idle()


@pytest.mark.parametrize("may_relay, trips", [(True, 9), (False, 0)])
def test_an_alias_whose_route_leads_back_to_us(may_relay, trips):
    """far.test is not ours, but its route is: as a relay for this machine we take it again and again; otherwise once."""
    port = free_port()
    with Hermod(port=port, networks=["127.0.0.1/32"] if may_relay else ["192.0.2.1/32"],
                routes=f'[[route]]\ndomain = "far.test"\nnext_hop = "127.0.0.1:{port}"\n',
                extra='[aliases]\n"back@l.test" = ["x@far.test"]\n[loops]\nmax_hops = 10\n') as hermod:
        send(hermod, "back@l.test")
        [bounce] = hermod.wait_for(1)
        settle(hermod)
        assert bounce.startswith(b"Return-Path: <>") and b"x@far.test" in bounce
        assert (b"5.4.6" if may_relay else b"5.7.1") in bounce
        assert times(hermod, "loop_broken") == (1 if may_relay else 0)
        assert times(hermod, "relayed", to="x@far.test") == max(0, trips - 1)
        assert len(hermod.messages()) == 1 and not hermod.queue()


HERE = b"Delivered-To: u@l.test\r\n"


@pytest.mark.parametrize("header, recipients, reply, bounced, delivered", [
    (HERE, ["u@l.test"], 554, False, []),
    (HERE * 2, ["u@l.test"], 554, False, []),  # twice the same: one refusal
    (b"Delivered-To: U@L.TEST\r\n", ["u@l.test"], 554, False, []),
    (HERE, ["info@l.test"], 554, False, []),  # an alias is followed first
    (b"Delivered-To: info@l.test\r\n", ["info@l.test"], 250, False, ["u"]),  # a mark of a name that is no mailbox
    (HERE * 2, ["info@l.test", "w@l.test"], 250, True, ["w"]),  # one of two: the other one gets it
    (HERE + b"Delivered-To: w@l.test\r\n", ["u@l.test", "w@l.test"], 554, False, []),
    (b"Subject: x\r\n" + HERE, ["w@l.test"], 250, False, ["w"]),
])
def test_what_was_delivered_before(header, recipients, reply, bounced, delivered):
    with Hermod(mailboxes=["u@l.test", "w@l.test", "s@l.test"],
                extra='[aliases]\n"info@l.test" = ["u@l.test"]\n') as hermod:
        with hermod.client() as client:
            client.begin("s@l.test", *recipients)
            assert client.say("DATA")[0] == 354
            code, text = client.say(header + b"\r\nx\r\n.")
        assert code == reply and (code == 250 or text.startswith("5.4.6"))
        if bounced:
            hermod.wait_for(1, "s@l.test")
        hermod.wait_idle()
        assert [is_bounce(message) for message in hermod.messages("s@l.test")] == [True] * bounced
        assert [name for name in "uw" if hermod.messages(f"{name}@l.test")] == delivered
