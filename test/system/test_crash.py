"""No acknowledged message is lost, whatever ends the server. RFC 5321 §4.2.5, §6.1. At length: ./dev torture."""
import crash
import pytest

# What may be relayed again after each crash: the recipients in flight, which the window per destination bounds.
IN_FLIGHT = 200


@pytest.mark.skipif(not crash.can_cut_power(), reason="needs root and loop devices")
def test_power_cuts_lose_nothing():
    verdict = crash.power_cuts(3, seconds=1.5)
    assert not verdict.lost and not verdict.local_twice, str(verdict)
    assert verdict.remote_again <= 3 * IN_FLIGHT, str(verdict)


def test_kills_lose_nothing():
    verdict = crash.kills(12, seconds=0.7)
    assert not verdict.lost and not verdict.local_twice, str(verdict)
    assert verdict.remote_again <= 12 * IN_FLIGHT, str(verdict)
