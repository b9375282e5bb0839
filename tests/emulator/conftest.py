"""One emulator for all tests of this folder, emptied before each."""

import pytest

from storyforge.emulator import running

from .asking import Asking, Receiver

DELAY, SLOW = 0.01, 0.3


@pytest.fixture(scope="session")
def server(tmp_path_factory, shared):
    with running(
        tmp_path_factory.mktemp("emulator") / "state",
        films=shared / "films",
        card=True,
        delay=DELAY,
        slow=SLOW,
        webhook_secret="whsec_very-secret-words",
    ) as one:
        yield one


@pytest.fixture(scope="session")
def asking(server):
    with Asking(server) as one:
        yield one


@pytest.fixture
def emulator(server):
    server.desk.delay, server.desk.slow = DELAY, SLOW
    server.reset()
    return server


@pytest.fixture
def ask(emulator, asking):
    asking.key = "key-1"
    return asking


@pytest.fixture
def receiver():
    with Receiver() as one:
        yield one
