"""What all tests share: `--bless` rewrites golden files, whose difference is then reviewed."""

import os

import pytest
import reuse


def pytest_addoption(parser):
    parser.addoption("--bless", action="store_true", help="rewrite golden files instead of comparing with them")


@pytest.fixture
def bless(request):
    return request.config.getoption("--bless")


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder of this run that all its workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", autouse=True)
def reused(shared):
    """Where drawn clips and conformed takes are kept for the tests that need the same again."""
    reuse.folder = shared / "reused"
    reuse.folder.mkdir(exist_ok=True)
    return reuse.folder
