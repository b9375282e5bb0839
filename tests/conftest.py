"""What all tests share: `--bless` rewrites golden files, whose difference is then reviewed."""

import pytest


def pytest_addoption(parser):
    parser.addoption("--bless", action="store_true", help="rewrite golden files instead of comparing with them")


@pytest.fixture
def bless(request):
    return request.config.getoption("--bless")
