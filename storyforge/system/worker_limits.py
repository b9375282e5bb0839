"""What a process is given that reads untrusted files: an environment without keys, and limits."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

MEMORY = 2 << 30
"""Bytes that a process may take which reads a file."""

LABOUR = 3600
"""Seconds of work that such a process may do in its whole life."""

MORE = 1024
"""Processes and threads that may be started, beyond those that run on the machine already."""

KEPT = (
    *("PATH", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
    *("PYTHONUTF8", "PYTHONCOERCECLOCALE"),
    # without these no program starts on Windows
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "NUMBER_OF_PROCESSORS"),
)
"""Variables that such a process is given: how words are written, where programs and their libraries lie. All others may
be a key, or lead to one."""


def bare_environment() -> dict[str, str]:
    """The environment of this process without all that may be a key."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def confine_process() -> None:
    """Sets the limits of this process, as far as its system knows them; none of them can be taken back."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: LABOUR,
        # Nothing is written to a file: what was found leaves by a pipe, which has no such limit.
        resource.RLIMIT_FSIZE: 0,
        # A core would hold what was read.
        resource.RLIMIT_CORE: 0,
    }
    if (most := _most_processes()) is not None:
        limits[resource.RLIMIT_NPROC] = most
    for what, limit in limits.items():
        # one that a system does not have keeps none of the others away
        with contextlib.suppress(OSError, ValueError):
            _, hard = resource.getrlimit(what)
            limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            # the soft limit to CPU time is set for each task
            resource.setrlimit(what, (limit, limit))


def has_landlock() -> bool:
    """Whether Landlock can be had: on Linux, with the package of the extra `landlock`."""
    return sys.platform == "linux" and find_spec("landlockpy") is not None


def shut_in(modules: Sequence[str], folders: Sequence[str]) -> None:
    """Takes from this process, where Landlock can be had, all of the disk but for reading modules and these folders;
    all programs; TCP; and a look at other processes. `modules` begins with the folder that StoryForge lies in. It is
    done before the process has a second thread."""
    if not has_landlock():
        return
    from landlockpy import AccessFS, LandlockError, Ruleset, Scope

    read = AccessFS.READ_FILE | AccessFS.READ_DIR
    home, *others = modules
    system = ("/usr", "/lib", "/lib64", "/etc/localtime", "/dev/null", "/dev/urandom", "/proc/self")
    readable = {sys.prefix, sys.base_prefix, str(Path(home, "storyforge")), *others, *system, *folders} - {home}
    with contextlib.suppress(LandlockError), Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
        # Python lists the folder in which it looks for a module; files next to ours are not read.
        rules.allow_path(home, AccessFS.READ_DIR)
        for path in sorted(readable):
            with contextlib.suppress(OSError):  # what is not there is not read
                own = AccessFS.READ_FILE if os.path.isfile(path) or path.startswith("/dev/") else read
                rules.allow_path(path, own)
        rules.restrict()


def limit_task(seconds: float) -> None:
    """Lets this process work so many seconds from now on; it is ended by its system when they are over."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        due = int(used_seconds() + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (due if hard == resource.RLIM_INFINITY else min(due, hard), hard))


@contextlib.contextmanager
def spare_memory(more: int) -> Iterator[None]:
    """Lets this process take so many bytes beyond what it has, while the block runs, where that is known (Linux)."""
    try:
        import resource

        taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = taken + more
        resource.setrlimit(resource.RLIMIT_AS, (most if soft == resource.RLIM_INFINITY else min(most, soft), hard))
    except (ImportError, OSError, ValueError, IndexError):
        yield
        return
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def used_seconds() -> float:
    """Seconds that this process has worked, all its threads together."""
    times = os.times()
    return times.user + times.system


def _most_processes() -> int | None:
    """How many processes the user of this one may have; None where that cannot be said."""
    if sys.platform == "darwin":
        return 0  # threads are not counted there
    try:
        # The limit counts threads too, and those of the user's other programs: so it is above all that run.
        running = Path("/proc/loadavg").read_text(encoding="ascii").split()[3]
        return int(running.partition("/")[2]) + MORE
    except (OSError, ValueError, IndexError):
        return None
