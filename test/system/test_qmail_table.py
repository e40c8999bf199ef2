"""The behaviours of qmail-local(8), dot-qmail(5), qmail-command(8), qmail-users(5) and virtualdomains: each case of
qmail_table.py through Hermod, and through notqmail where the machine has it."""
import contextlib
from dataclasses import replace

import pytest
from qmail_drivers import ThroughHermod, ThroughNotqmail, notqmail_is_missing
from qmail_table import SITES, TABLE
from users import can_have_users

pytestmark = pytest.mark.skipif(not can_have_users(), reason="becoming users of this system needs root, and a mount namespace")

CASES = [pytest.param(case, id=f"{group}: {case.name}") for group, cases in TABLE.items() for case in cases]


@pytest.fixture(scope="module")
def hermods():
    with contextlib.ExitStack() as stack:
        yield {site: stack.enter_context(ThroughHermod(site)) for site in SITES}


@pytest.fixture(scope="module")
def notqmails():
    if why := notqmail_is_missing():
        pytest.skip(why)
    with contextlib.ExitStack() as stack:
        yield {site: stack.enter_context(ThroughNotqmail(site)) for site in SITES}


def test_the_table_is_long_enough():
    cases = [case for group in TABLE.values() for case in group]
    assert sum(case.qmail is None for case in cases) >= 120, "with equal outcomes"
    assert all(case.because for case in cases if case.qmail is not None)


@pytest.mark.parametrize("case", CASES)
def test_through_hermod(hermods, case):
    hermods[case.site].check(case)


@pytest.mark.parametrize("case", CASES)
def test_through_notqmail(notqmails, case):
    notqmails[case.site].check(replace(case, **(case.qmail or {})))
