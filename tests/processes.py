"""Python commands of ours, each in a process of its own that is forked from a warm one.

A command that starts from nothing spends a third of a second on imports, far more than on most of what is tested. So
one process for each worker imports everything once and forks: the command has its own process id, environment, folder,
descriptors, signals and exit code, and nothing that it does is seen by the next. What Python itself reads at its start
(`PYTHON…` in the environment) is not read again: a test of that starts its process itself.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import reuse

COMMAND = ("-c", "from storyforge.cli import main; main()")
"""The arguments for Python that make it run our command line."""

USED = ("av", "ffmpeg", "filelock", "imageio_ffmpeg", "langcodes", "networkx", "PIL.Image", "platformdirs", "pysubs2")
"""What commands import only when they need it."""

CLIENT = """\
#!{python} -IS
import json, os, signal, socket, sys
arguments = ["-c", {code!r}, *sys.argv[1:]]
try:
    for one in range(3):
        os.fstat(one)
except OSError:  # what is closed cannot be handed over
    os.execv(sys.executable, [sys.executable, *arguments])
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    socket.send_fds(line, [b"+"], [0, 1, 2])
    asked = dict(arguments=arguments, folder=os.getcwd(), environment=dict(os.environ), reused={reused!r})
    line.sendall(json.dumps(asked).encode() + b"\\n")
    answer = line.makefile()
    process = int(answer.readline())
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda number, _: os.kill(process, number))
    code = answer.readline()
if int(code) < 0:
    if int(code) != -signal.SIGKILL:
        signal.signal(-int(code), signal.SIG_DFL)
    os.kill(os.getpid(), -int(code))
sys.exit(int(code))
"""
"""A program that has the warm process run our command line, with its own descriptors; hands on signals."""


def write_command(path: Path) -> None:
    """Write our command line as an executable file, for scripts to call."""
    program = CLIENT.format(python=sys.executable, code=COMMAND[1], address=start_server(), reused=str(reuse.folder))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(program, encoding="utf-8")
    path.chmod(0o755)


def run_python(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str],
    feed: str = "",
    timeout: float = 300,
    reused: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `python ARGUMENTS`, where the first of them is `-c` or a script; TimeoutExpired after so many seconds.

    `reused` is a folder of `reuse.py`; None to make everything.
    """
    asked = {"folder": str(cwd), "environment": dict(env), "reused": reused and str(reused)}
    command = [str(one) for one in arguments]
    done = _ask(start_server(), command, asked, feed.encode(), timeout)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


def _ask(
    address: str, command: Sequence[str], asked: Mapping[str, Any], feed: bytes, timeout: float
) -> subprocess.CompletedProcess[bytes]:
    """Have a warm process run a command."""
    with contextlib.ExitStack() as stack:
        given, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        given.write(feed)
        given.seek(0)
        line = stack.enter_context(socket.socket(socket.AF_UNIX))
        line.connect(address)
        line.settimeout(timeout)
        socket.send_fds(line, [b"+"], [one.fileno() for one in (given, out, err)])
        line.sendall(json.dumps({"arguments": command, **asked}).encode() + b"\n")
        answer = line.makefile()
        process = int(answer.readline())
        try:
            code = int(answer.readline())
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            raise subprocess.TimeoutExpired(command, timeout) from None
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, code, out.read(), err.read())


class Forking:
    """The module `subprocess` for a command that starts Python to read a file: that is a fork of the warm process too."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)

    def run(self, command: Sequence[str], *, timeout: float, **how: Any) -> subprocess.CompletedProcess[bytes]:
        program, isolated, *arguments = command
        assert (program, isolated, arguments[0]) == (sys.executable, "-P", "-c"), command
        assert how == {"capture_output": True, "stdin": subprocess.DEVNULL}, how
        asked = {"folder": os.getcwd(), "environment": dict(os.environ), "reused": None}
        return _ask(self._address, arguments, asked, b"", timeout)


@functools.cache
def start_server() -> str:
    """Start the warm process of this one, which ends with it at the latest; returns the address of its socket.

    Root may open what is closed to everybody, so it lays that right down where it can, as a user has none.
    """
    address = str(Path(tempfile.mkdtemp(prefix="storyforge-"), "socket"))
    command = [*lower_rights(), sys.executable, __file__, address]
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=os.environ | paths)
    until = time.monotonic() + 60
    while not os.path.exists(address):
        assert server.poll() is None, "the warm process did not start"
        assert time.monotonic() < until, "the warm process does not start"
        time.sleep(0.01)
    _SERVERS[address] = server
    return address


_SERVERS: dict[str, subprocess.Popen[bytes]] = {}
"""By their addresses. A server ends when its standard input is closed."""


def stop_servers() -> None:
    """End the warm processes, and what they still run."""
    for address, server in _SERVERS.items():
        server.communicate()
        shutil.rmtree(Path(address).parent)
    _SERVERS.clear()
    start_server.cache_clear()


def lower_rights() -> Sequence[str]:
    """What to put before a command so that root may no more than its owner; nothing for others and where it fails."""
    drop = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    able = os.getuid() == 0 and shutil.which(drop[0]) and subprocess.run([*drop, "true"], capture_output=True)
    return drop if able and able.returncode == 0 else ()


def serve(address: str) -> None:
    """Import everything, then fork for each who asks until standard input ends; a fork does what was asked."""
    import storyforge

    for name in (*USED, *(one.name for one in pkgutil.walk_packages(storyforge.__path__, "storyforge."))):
        if not name.endswith(".__main__"):
            importlib.import_module(name)
    from storyforge.compiler.compile import compile_file
    from storyforge.providers import PROVIDERS

    for kind in PROVIDERS:  # loads the templates of all dialects, and makes pydantic's validators
        compile_file(Path(__file__).parents[1] / "storyforge/starter/film.story.yaml", kind.name)
    ended, end = os.pipe()
    os.set_blocking(end, False)
    signal.set_wakeup_fd(end)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the commands; this process ends with its parent
    gc.collect()
    gc.freeze()
    askers: dict[int, socket.socket] = {}
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(f"{address}.new")
        door.listen(64)
        os.rename(f"{address}.new", address)
        while True:
            ready, _, _ = select.select([door, ended, 0], [], [])
            if 0 in ready:
                for process in askers:  # nobody waits for them any more
                    os.kill(process, signal.SIGKILL)
                return
            if ended in ready:
                os.read(ended, 1000)
                _tell_ends(askers)
            if door in ready:
                line, _ = door.accept()
                _, descriptors, _, _ = socket.recv_fds(line, 1, 3)
                asked = json.loads(line.makefile().readline())
                if (process := os.fork()) == 0:
                    break
                askers[process] = line
                line.sendall(b"%d\n" % process)
                for one in descriptors:
                    os.close(one)
    for one in (line, *askers.values()):
        one.close()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for place, descriptor in enumerate(descriptors):
        os.dup2(descriptor, place)
        os.close(descriptor)
    from storyforge.system import decode

    decode.subprocess = Forking(address)  # type: ignore[assignment]  # as much of it as is used there
    _run(**asked)


def _tell_ends(askers: dict[int, socket.socket]) -> None:
    """Tell those whose commands have ended with which code; those who have gone by now get nothing."""
    while askers:
        process, status = os.waitpid(-1, os.WNOHANG)
        if not process:
            return
        with askers.pop(process) as line, contextlib.suppress(BrokenPipeError):
            line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _run(arguments: list[str], folder: str, environment: dict[str, str], reused: str | None) -> None:
    """Do what `python ARGUMENTS` does, in a process that has done nothing yet."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    if reused:
        reuse.install(Path(reused))
    script, *rest = arguments
    try:
        if script == "-c":
            code, *rest = rest
            sys.argv, sys.path[0] = ["-c", *rest], ""
            exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
        else:
            sys.argv, sys.path[0] = [script, *rest], str(Path(script).parent)
            runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        # To take down all that was imported costs more than most commands, and nothing of it can be seen.
        if isinstance(end.code, int) and threading.active_count() == 1:
            with contextlib.suppress(OSError, ValueError):
                for stream in (sys.stdout, sys.stderr):
                    stream.flush()
                os._exit(end.code)
        raise


if __name__ == "__main__":
    serve(sys.argv[1])
