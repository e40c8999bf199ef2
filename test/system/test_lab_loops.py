"""Mail that goes round between three real servers: who breaks the circle, when, whom he tells, and what stays behind.
RFC 5321 §6.3. With -s, or where a test fails, the logs of all three stand side by side."""
import lab
import pytest
from lab import ALIAS, FORWARDED, KEEPER, SENDER, VIRTUAL, reporter

HERMOD, POSTFIX, EXIM = "mail.st13.example", "mail.st3.example", "mail.st12.example"
POSTMASTER = "postmaster@st13.example"

# The neighbours: with the limits they come with (Postfix 50, Exim 30), or without.
NEIGHBOURS = {
    "as they come": {},
    "Exim patient": {"patient": ("Exim",)},
    "both patient": {"patient": ("Postfix", "Exim")},
    "Postfix forwarding": {"postfix_alias": FORWARDED},
}

REASON = lab.missing()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON or "all is here")


@pytest.fixture(scope="module")
def neighbours(request):
    with lab.Lab(**{"postfix_alias": VIRTUAL, **NEIGHBOURS[request.param]}) as built:
        yield built


def among(*rows):
    return pytest.mark.parametrize("neighbours, policy, max_hops, rounds, breaker, teller", rows, indirect=["neighbours"])


@among(
    # Hermod is the first to tire. It refuses by SMTP, so Exim, who still has the message, tells the sender.
    ("as they come", "bounce", 10, 3, "Hermod", EXIM),
    # What is to be delivered needs a mailbox; an alias that leads away has none, and goes back.
    ("as they come", "deliver", 10, 3, "Hermod", EXIM),
    # Others tire before: the policy is not asked.
    ("as they come", "bounce", 100, 11, "Exim", EXIM),
    ("as they come", "discard", 100, 11, "Exim", EXIM),
    ("as they come", "hold", 100, 11, "Exim", EXIM),
    ("as they come", "deliver", 100, 11, "Exim", EXIM),
    # Postfix refuses by SMTP, so Hermod tells the sender.
    ("Exim patient", "bounce", 100, 16, "Postfix", HERMOD),
    # Nobody but Hermod counts.
    ("both patient", "bounce", 100, 33, "Hermod", EXIM),
    ("both patient", "deliver", 100, 33, "Hermod", EXIM),
    # An alias of aliases(5) marks what passes with Delivered-To, and is met again after one round.
    ("Postfix forwarding", "bounce", 100, 2, "Postfix", POSTFIX),
)
def test_the_sender_is_told_once(neighbours, policy, max_hops, rounds, breaker, teller):
    with neighbours.hermod(policy, max_hops) as round_:
        round_.send()
        round_.settle(round_.bounces, "a bounce")
        assert round_.breakers() == {breaker: 1}
        assert round_.rounds() == rounds
        assert [reporter(bounce) for bounce in round_.bounces()] == [teller]
        assert round_.is_empty() and not round_.server.messages(POSTMASTER)


def broken(round_):
    return lambda: round_.times("loop_broken")


@pytest.mark.parametrize("neighbours, max_hops, rounds", [("as they come", 10, 3), ("both patient", 100, 33)],
                         indirect=["neighbours"])
def test_what_is_discarded_leaves_nothing(neighbours, max_hops, rounds):
    with neighbours.hermod("discard", max_hops) as round_:
        round_.send()
        round_.settle(broken(round_), "the loop broken")
        assert round_.breakers() == {"Hermod": 1} and round_.rounds() == rounds
        assert not round_.server.messages(SENDER) and round_.is_empty()


@pytest.mark.parametrize("neighbours, max_hops, rounds", [("as they come", 10, 3), ("both patient", 100, 33)],
                         indirect=["neighbours"])
def test_what_is_held_waits_for_a_decision(neighbours, max_hops, rounds):
    with neighbours.hermod("hold", max_hops) as round_:
        round_.send()
        round_.settle(broken(round_), "the loop broken")
        [held] = round_.server.queue()
        assert [recipient["state"] for recipient in held["recipients"]] == ["held"]
        assert round_.rounds() == rounds and not round_.server.messages(SENDER)
        # Let go, it comes round once more; returned, its sender hears of it.
        round_.server.run("queue", "release", held["id"])
        round_.settle(lambda: round_.times("held") == 2, "held once more")
        [again] = round_.server.queue()
        assert again["id"] != held["id"] and round_.rounds() == rounds + 1
        round_.server.run("queue", "bounce", again["id"])
        round_.settle(round_.bounces, "a bounce")
        assert [reporter(bounce) for bounce in round_.bounces()] == [HERMOD]
        assert round_.is_empty()


# The sender is the alias itself: the bounce goes round too. It comes from nobody, so nothing follows it.
@pytest.mark.parametrize("neighbours, max_hops, rounds, breaker", [
    ("as they come", 10, 6, "Hermod"),
    ("Exim patient", 100, 33, "Postfix"),
    ("Postfix forwarding", 100, 4, "Postfix"),
], indirect=["neighbours"])
def test_a_bounce_that_goes_round_ends_there(neighbours, max_hops, rounds, breaker):
    with neighbours.hermod("bounce", max_hops) as round_:
        round_.send(sender=ALIAS)
        round_.settle(lambda: round_.breakers()[breaker] == 2, "both loops broken")
        assert round_.breakers() == {breaker: 2}
        assert round_.rounds() == rounds
        assert not round_.server.messages(SENDER) and not round_.server.messages(POSTMASTER)
        # Exim keeps a bounce that it cannot deliver for its administrator; the others let it go.
        assert not round_.server.queue() and not neighbours.postfix.waiting()
        assert neighbours.exim.queue() == (["frozen"] if breaker == "Hermod" else [])


# The alias has a mailbox beside the way onward. With "deliver" the last copy too comes to it; the way onward is returned.
@pytest.mark.parametrize("neighbours, policy, copies, teller", [
    ("as they come", "bounce", 3, EXIM),
    ("as they come", "deliver", 4, HERMOD),
], indirect=["neighbours"])
def test_a_mailbox_in_the_circle_gets_a_copy_each_time(neighbours, policy, copies, teller):
    with neighbours.hermod(policy, 10, targets=(KEEPER, "loop@st3.example")) as round_:
        round_.send()
        round_.settle(round_.bounces, "a bounce")
        assert round_.rounds() == 3 and len(round_.server.messages(KEEPER)) == copies
        assert [reporter(bounce) for bounce in round_.bounces()] == [teller]
        assert round_.is_empty()


# Without counting: Hermod knows its own queue id in the trace when the message comes back for the first time, though Postfix
# and Exim leave no Delivered-To behind. Each policy then does what it says.
@pytest.mark.parametrize("neighbours, policy, loops, bounces, kept", [
    ("both patient", "bounce", "", 1, []),
    ("both patient", "discard", "", 0, []),
    ("both patient", "deliver", 'deliver_to = "keeper@st13.example"\n', 0, [KEEPER]),
    ("both patient", "bounce", '[loops.addresses."loop@st13.example"]\npolicy = "deliver"\ndeliver_to = "keeper@st13.example"\n', 0,
     [KEEPER]),
    ("both patient", "bounce", '[loops.addresses."loop@st3.example"]\npolicy = "discard"\n', 0, []),
], indirect=["neighbours"])
def test_the_second_pass_is_recognised(neighbours, policy, loops, bounces, kept):
    with neighbours.hermod(policy, 100, remembered=1000, loops=loops) as round_:
        first = round_.send()
        round_.settle(broken(round_), "the loop broken")
        round_.settle(lambda: len(round_.bounces()) >= bounces, "bounces")
        assert round_.breakers() == {"Hermod": 1} and round_.rounds() == 1
        assert len(round_.bounces()) == bounces and round_.is_empty()
        assert [box for box in (KEEPER,) if round_.server.messages(box)] == kept
        # The story of the first message has the way it took, drawn with its times.
        story = round_.server.run("trace", first).stdout
        for host in (HERMOD, POSTFIX, EXIM):
            assert f"Z  {host}" in story, story
        assert "brings back what was here as " + first in story


@pytest.mark.parametrize("neighbours", ["both patient"], indirect=True)
def test_what_is_held_shows_the_way_it_came(neighbours):
    with neighbours.hermod("hold", 100, remembered=1000) as round_:
        first = round_.send()
        round_.settle(broken(round_), "the loop broken")
        [held] = round_.server.queue()
        shown = round_.server.run("queue", "show", held["id"]).stdout
        way = [line.split()[-2] if line.endswith(")") else line.split()[-1] for line in shown.split("way\n")[1].splitlines()]
        assert way == [HERMOD, POSTFIX, EXIM, HERMOD], shown
        assert first in shown and not round_.server.messages(SENDER)
        story = round_.server.run("trace", held["id"]).stdout
        assert f"Z  {EXIM}" in story, story
        round_.server.run("queue", "remove", held["id"])
