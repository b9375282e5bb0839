"""Readers in processes apart: what they do to themselves is a told failure of one file, and nothing is in them to take."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import hostile_tasks as hostile
import pytest
from film.cards import card

from storyforge.model.errors import MediaError
from storyforge.system import decode, workers
from storyforge.system.worker_limits import LABOUR, MEMORY
from storyforge.system.workers import Workers, read_apart

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such limits")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

FILM = Path("/a/film.mp4")


@pytest.fixture
def alone(monkeypatch):
    """Workers of this test alone."""
    made = Workers(2)
    monkeypatch.setattr(workers, "_workers", made)
    yield made
    made.close()


def pid_of_reader() -> int:
    return int(read_apart(hostile.tell_process, FILM).found[0])


def test_one_process_reads_many_files_and_gets_what_it_is_given(alone):
    first = read_apart(hostile.tell_process, FILM, 1, "ü\udcff", [None, 2.5]).found
    assert first[1:] == [str(FILM), 1, "ü\udcff", [None, 2.5]]
    assert first[0] != os.getpid()
    assert {pid_of_reader() for _ in range(5)} == {first[0]}
    content = bytes(range(256)) * 4000
    assert read_apart(hostile.echo, FILM, content=content) == (len(content), content[::-1])
    assert read_apart(hostile.echo, FILM, content=b"") == (0, b"")


def test_a_reader_that_dies_fails_one_file_and_the_next_gets_another(alone):
    before = pid_of_reader()
    with pytest.raises(MediaError, match=r"^the reader of `film.mp4` died \(SIGABRT\)$") as caught:
        read_apart(hostile.crash, FILM)
    assert caught.value.hint
    assert pid_of_reader() != before
    with pytest.raises(MediaError, match=r"^the reader of `film.mp4` died \(exit code 3\)$"):
        read_apart(hostile.leave, FILM)


def test_a_reader_that_was_killed_while_nobody_asked_is_replaced(alone):
    before = pid_of_reader()
    os.kill(before, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while alone._idle[0].is_alive and time.monotonic() < deadline:
        time.sleep(0.01)
    assert pid_of_reader() != before


def test_a_reader_that_never_ends_is_stopped(alone):
    begun = time.monotonic()
    with pytest.raises(MediaError, match=r"^the reader of `film.mp4` was stopped after 0.5 seconds$") as caught:
        read_apart(hostile.sleep, FILM, seconds=0.5)
    assert caught.value.hint
    assert time.monotonic() - begun < 10
    assert pid_of_reader()


@posix
@pytest.mark.slow
def test_a_reader_that_spins_is_ended_by_its_system(alone):
    """Even where nobody waits for it any more."""
    worker = workers._Worker()
    message = {"task": "hostile_tasks:spin", "given": ["a"], "content": False, "seconds": 0.5}
    with pytest.raises(workers._Died):
        worker.ask(message, b"", time.monotonic() + 60, None)
    assert worker.end() == -signal.SIGXCPU


@posix
@pytest.mark.slow
def test_a_reader_that_eats_memory_gets_no_more_than_a_file_may_take(alone):
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MediaError, match=r"^`film.mp4` takes more memory than one file may$") as caught:
        read_apart(hostile.eat_memory, FILM)
    assert caught.value.hint
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@linux
def test_a_reader_that_looks_for_keys_finds_none(alone, monkeypatch, tmp_path):
    for name in ("RUNWARE_API_KEY", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "STORYFORGE_TRUST", "HOME", "SSH_AUTH_SOCK"):
        monkeypatch.setenv(name, "sesame-of-the-user")
    found = read_apart(hostile.find_keys, FILM).found
    assert "sesame" not in str(found)
    assert found["PATH"] == os.environ["PATH"]
    assert "PATH=" in found["proc"]


@posix
def test_a_reader_writes_no_file(alone, tmp_path):
    (tmp_path / "old.txt").write_text("mine")
    for task, name in ((hostile.write_file, "new.txt"), (hostile.append_file, "old.txt")):
        with pytest.raises(MediaError, match=r"^`film.mp4` cannot be read$") as caught:
            read_apart(task, FILM, str(tmp_path / name))
        assert "File too large" in caught.value.detail or "Permission denied" in caught.value.detail
    assert (tmp_path / "old.txt").read_text() == "mine"
    assert not (tmp_path / "new.txt").exists() or (tmp_path / "new.txt").read_bytes() == b""


@linux
def test_a_reader_is_limited_in_memory_work_files_and_processes(alone):
    found = read_apart(hostile.tell_limits, FILM, seconds=30).found
    assert found["RLIMIT_AS"] == [MEMORY, MEMORY]
    assert (found["RLIMIT_FSIZE"], found["RLIMIT_CORE"]) == ([0, 0], [0, 0])
    assert found["RLIMIT_CPU"][1] == LABOUR
    assert 30 <= found["RLIMIT_CPU"][0] <= 35
    assert 1024 <= found["RLIMIT_NPROC"][0] < 1_000_000


def test_what_a_task_raises_is_told_and_its_process_goes_on(alone):
    before = pid_of_reader()
    with pytest.raises(MediaError, match=r"^no$") as caught:
        read_apart(hostile.refuse, FILM)
    assert (caught.value.hint, caught.value.detail) == ("do so", "words")
    with pytest.raises(MediaError, match=r"^`film.mp4` cannot be read$") as caught:
        read_apart(hostile.stumble, FILM)
    assert "ZeroDivisionError: a bug" in caught.value.detail
    assert pid_of_reader() == before


def test_what_a_library_prints_is_no_answer(alone):
    assert read_apart(hostile.print_much, FILM).found == "done"


@linux
def test_what_a_reader_that_was_taken_over_sends_is_not_believed(alone, tmp_path):
    with pytest.raises(MediaError, match=r"the reader of `film.mp4` died"):
        read_apart(hostile.answer_nonsense, FILM)
    answer = read_apart(hostile.answer_code, FILM)
    with pytest.raises(MediaError, match="gave no sense"):
        decode.understand(FILM, lambda told: decode.probe_from_json(told.found), answer)


def test_one_who_gives_up_does_not_wait(alone):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(MediaError, match="was given up"):
        read_apart(hostile.sleep, FILM, stop=stop)
    assert time.monotonic() - begun < 10


def test_files_are_read_at_the_same_time_and_no_more_than_allowed(alone):
    pids = list[int]()

    def read() -> None:
        pids.append(read_apart(hostile.tell_process, FILM).found[0])
        read_apart(hostile.sleep, FILM, 0.2)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 6
    assert len(set(pids)) <= 2


def test_after_many_files_another_process_takes_over(alone, monkeypatch):
    monkeypatch.setattr(workers, "MANY", 3)
    assert len({pid_of_reader() for _ in range(6)}) == 2


@posix
def test_readers_end_with_the_process_that_started_them(tmp_path):
    code = (
        "import os, sys, time; sys.path.insert(0, sys.argv[1]); import hostile_tasks as hostile\n"
        "from pathlib import Path; from storyforge.system.workers import read_apart\n"
        "print(read_apart(hostile.tell_process, Path('a')).found[0], flush=True)\n"
        "sys.stdin.read(); os._exit(9)"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(root / "tests")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as parent:
        reader = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(reader, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{reader}/stat").exists() and Path(f"/proc/{reader}/stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.02)
    pytest.fail("the reader lives on")


@pytest.fixture
def shut_in(alone, monkeypatch):
    """Readers that Landlock shuts in, where it can be had."""
    landlock = pytest.importorskip("landlockpy")
    if not landlock.supported():
        pytest.xfail("this kernel has no Landlock")  # which nobody can install
    return alone


def test_a_reader_that_is_shut_in_reads_what_it_was_asked_to_and_nothing_else(shut_in, tmp_path):
    for name in ("takes", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(name)
    take, other = (tmp_path / name / "a.txt" for name in ("takes", "other"))
    assert read_apart(hostile.read_file, take).found == "takes"
    for path in (other, Path("/etc/passwd"), Path(f"/proc/{os.getpid()}/environ")):
        with pytest.raises(MediaError) as caught:
            read_apart(hostile.read_other, take, str(path))
        assert "PermissionError" in caught.value.detail
    assert read_apart(hostile.read_file, other).found == "other"
    assert read_apart(hostile.read_file, take).found == "takes"
    (tmp_path / "link.txt").symlink_to(other)
    assert read_apart(hostile.read_file, tmp_path / "link.txt").found == "other"


def test_a_reader_that_is_shut_in_changes_nothing_starts_nothing_and_calls_nobody(shut_in, tmp_path):
    (tmp_path / "old.txt").write_text("mine")
    film = tmp_path / "film.mp4"
    for task, more in (
        (hostile.write_file, [str(tmp_path / "new.txt")]),
        (hostile.delete_file, [str(tmp_path / "old.txt")]),
        (hostile.truncate_file, [str(tmp_path / "old.txt")]),
        (hostile.start_program, []),
        (hostile.call_out, []),
    ):
        with pytest.raises(MediaError) as caught:
            read_apart(task, film, *more)
        assert "PermissionError" in caught.value.detail
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.txt"]
    assert (tmp_path / "old.txt").read_text() == "mine"


def test_a_film_is_read_by_one_that_is_shut_in(shut_in, tmp_path):
    assert decode.probe(card(tmp_path / "take.mp4", frames=24)).frames == 24
