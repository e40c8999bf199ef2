import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from certificates import Issuer  # noqa: E402
from hermod import Hermod, let_everybody_through  # noqa: E402
from sink import Sink  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--write-clients", action="store_true", help="write doc/clients.md from what test_mail_clients.py finds")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    item.failed = getattr(item, "failed", False) or outcome.get_result().failed


@pytest.fixture
def tmp_path(tmp_path, request):
    """Every server's queue takes 256 MiB: only what explains a failure is kept, and of that no empty segments."""
    yield tmp_path
    if not request.node.failed:
        shutil.rmtree(tmp_path, ignore_errors=True)
    for spare in tmp_path.glob("**/queue/segments/spare-*"):
        spare.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def sink():
    with Sink() as server:
        yield server


@pytest.fixture(scope="module")
def server(sink):
    """One server for all cases of a table: u@l.test and w@l.test have mailboxes, everything else goes to the sink."""
    route = f'[[route]]\ndomain = "*"\nnext_hop = "127.0.0.1:{sink.port}"\n'
    with Hermod(routes=route, extra='[limits]\nconnections_per_client = 1000\nmessage_size = 10485760\n') as hermod:
        yield hermod


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    """An authority, whose certificates every user of the system may read."""
    folder = tmp_path_factory.mktemp("certificates")
    let_everybody_through(folder)
    return Issuer(folder)
