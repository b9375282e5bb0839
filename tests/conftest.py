"""What all tests share: the sets they fall into, how chance is drawn, what is made once for all, and our options."""

import itertools
import os
import signal
import tempfile

import paying
import processes
import pytest
import reuse
from hypothesis import settings

from storyforge.system.ffmpeg import choose_ffmpeg

# What a user has is of no concern to tests, nor what they do to the user. Only what is really paid is: see below.
THEIRS = os.environ.get("XDG_DATA_HOME")
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="storyforge-data-")

IN_CI = bool(os.environ.get("CI"))

# In CI a property is tried with the same draws each time, so that no run fails by chance; elsewhere with other draws
# each time, and what fails prints the line that draws it again. A busy machine is no fault of the code.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("free", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("ci" if IN_CI else "free")

# What a shell starts in the background ignores interrupts, and so does all that it starts; tests send some.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--bless", action="store_true", help="rewrite golden files instead of comparing with them")
    parser.addoption("--provider", metavar="NAME", help="with -m live: the host at which one clip is ordered and paid")
    parser.addoption("--yes-spend", action="store_true", help="with -m live: order it without asking at the terminal")


def pytest_configure(config):
    """What is paid by `-m live` counts towards the budgets of the user who pays it, in the user's own journal."""
    paying.check_options(config)
    if paying.is_live(config):
        del os.environ["XDG_DATA_HOME"]
        os.environ |= {"XDG_DATA_HOME": THEIRS} if THEIRS else {}


def pytest_collection_modifyitems(config, items):
    """A test is in one set: `long`, or `slow`, or `live`, or none. What is `live` runs by `-m live` alone."""
    for one, other in itertools.combinations(("slow", "long", "live"), 2):
        both = [item.nodeid for item in items if {one, other} <= {mark.name for mark in item.iter_markers()}]
        if both:
            raise pytest.UsageError(f"marked `{one}` and `{other}`: {', '.join(both)}")
    unasked = [] if paying.is_live(config) else [item for item in items if item.get_closest_marker("live")]
    if unasked:
        config.hook.pytest_deselected(items=unasked)
        items[:] = [item for item in items if item not in unasked]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """In CI all programs are there, and a test that is skipped for want of one has failed."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} is skipped, where nothing may be: {report.longrepr[-1]}"
    return report


@pytest.fixture
def bless(request):
    return request.config.getoption("--bless")


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder of this run that all its workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(autouse=True)
def undecided():
    """No project that an earlier test opened says which ffmpeg is used."""
    choose_ffmpeg(lambda: os.environ.get("STORYFORGE_FFMPEG"))


@pytest.fixture(scope="session", autouse=True)
def warm(shared):
    """What makes commands cheap: the process they are forked from, and what they draw, kept for those that need it again."""
    reuse.folder = shared / "reused"
    reuse.folder.mkdir(exist_ok=True)
    yield
    processes.stop_servers()
