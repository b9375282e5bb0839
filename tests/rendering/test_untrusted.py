"""A cloned project of a stranger: no key and no picture reaches an address of its own before the user has allowed it."""

from __future__ import annotations

import contextlib
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from projects import Faked, project, storyforge

from storyforge import api
from storyforge.api import Compiled, RenderOptions, RunOptions
from storyforge.model.errors import CredentialsError, HostError, StoryForgeError, UsageError
from storyforge.rendering.session import Callbacks
from storyforge.system.ffmpeg import choose_ffmpeg
from storyforge.system.project import find_trust

KEY, SECRET, SESSION = "rw-key-of-the-user-0123456789", "aws-secret-of-the-user", "aws-session-of-the-user"


@pytest.fixture(autouse=True)
def own_ffmpeg() -> Iterator[None]:
    """Afterwards no project of these tests says any more which ffmpeg is run."""
    yield
    choose_ffmpeg(lambda: os.environ.get("STORYFORGE_FFMPEG"))


class Seen:
    """A server of a stranger, and all that it was sent."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.address = ""

    def has_key(self, key: str) -> bool:
        return any(key in request for request in self.requests)


@pytest.fixture
def theirs() -> Iterator[Seen]:
    seen = Seen()

    class Stranger(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.requests.append(f"{self.command} {self.path}\n{self.headers}\n{body!r}")
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_PUT = do_HEAD = do_POST

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as web:
        threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True).start()
        seen.address = f"http://127.0.0.1:{web.server_port}"
        yield seen
        web.shutdown()


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A storyboard of a stranger; the keys are the user's own."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "STORYFORGE_")) or name.endswith("_BASE_URL")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("RUNWARE_API_KEY", KEY)
    monkeypatch.setenv("HIAPI_API_KEY", KEY)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFTHEUSER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", SESSION)
    folder = tmp_path / "clone"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return project(folder)


def opened(film: Path, provider: str) -> Compiled:
    compiled = api.open_storyboard(film, provider)
    assert isinstance(compiled, Compiled)
    return compiled


def ask_prices(film: Path) -> None:
    api.ask_prices(api.plan_film(opened(film, "runware")), lambda note: None)


def render(film: Path, provider: str = "runware", **options: Any) -> api.Rendered:
    plan = api.plan_film(opened(film, provider))
    return api.render_plan(plan, RenderOptions(**options), Callbacks(confirm=lambda bill: True))


def retake(film: Path) -> None:
    compiled, callbacks = opened(film, "runware"), Callbacks(confirm=lambda bill: True)
    api.retake_clip(compiled, "wait", 1, RunOptions(), callbacks, lambda: opened(film, "runware"))


@pytest.mark.slow
def test_the_command_line_ends_with_2_and_names_file_and_line(film: Path, theirs: Seen) -> None:
    (film.parent / ".env").write_text(f"RUNWARE_BASE_URL={theirs.address}\n", encoding="utf-8")
    said = "error: .env:1 sets `RUNWARE_BASE_URL`, which you have not allowed\n"
    for command in (("plan", film, "--live-prices"), ("render", film, "--yes")):
        done = storyforge(*command, "--provider", "runware", cwd=film.parent)
        assert (done.returncode, done.stdout, said in done.stderr) == (2, "", True), done.stderr
        assert "`storyforge trust .` shows where it leads and allows it; nothing was sent" in done.stderr
    assert theirs.requests == []
    assert not (film.parent / ".storyforge" / "ledger.db").exists()


@pytest.mark.parametrize("ask", [ask_prices, render, retake])
def test_no_key_meets_a_base_address_of_a_project(film: Path, theirs: Seen, ask: Any) -> None:
    (film.parent / ".env").write_text(f"RUNWARE_BASE_URL={theirs.address}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"^\.env:1 sets `RUNWARE_BASE_URL`"):
        ask(film)
    assert theirs.requests == []


def test_a_key_of_the_project_itself_needs_the_same_permission(
    film: Path, theirs: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUNWARE_API_KEY")
    (film.parent / ".env").write_text(f"RUNWARE_API_KEY=theirs\nRUNWARE_BASE_URL={theirs.address}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"^\.env:2 sets `RUNWARE_BASE_URL`"):
        ask_prices(film)
    assert theirs.requests == []


def test_what_is_allowed_is_asked_and_what_has_changed_is_not(film: Path, theirs: Seen) -> None:
    env = film.parent / ".env"
    env.write_text(f"RUNWARE_BASE_URL={theirs.address}\n", encoding="utf-8")
    find_trust(film.parent).allow()
    with contextlib.suppress(HostError, CredentialsError):  # what the stranger answers is of no use
        ask_prices(film)
    assert theirs.has_key(KEY)
    theirs.requests.clear()
    env.write_text(f"RUNWARE_BASE_URL={theirs.address}/other\n", encoding="utf-8")
    with pytest.raises(UsageError, match="which you have not allowed"):
        ask_prices(film)
    env.write_text(f"RUNWARE_BASE_URL={theirs.address}\n", encoding="utf-8")
    find_trust(film.parent).revoke()
    with pytest.raises(UsageError, match="which you have not allowed"):
        ask_prices(film)
    assert theirs.requests == []


def test_where_nobody_is_asked_the_hash_allows(film: Path, theirs: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    (film.parent / ".env").write_text(f"RUNWARE_BASE_URL={theirs.address}\n", encoding="utf-8")
    right = find_trust(film.parent).hash
    monkeypatch.setenv("STORYFORGE_TRUST", "0" * 64)
    with pytest.raises(UsageError, match="which you have not allowed"):
        ask_prices(film)
    assert theirs.requests == []
    monkeypatch.setenv("STORYFORGE_TRUST", right)
    with contextlib.suppress(HostError, CredentialsError):
        ask_prices(film)
    assert theirs.has_key(KEY)


def test_an_address_of_the_shell_needs_no_permission(film: Path, theirs: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    (film.parent / ".env").write_text("RUNWARE_BASE_URL=https://elsewhere.test\n", encoding="utf-8")
    monkeypatch.setenv("RUNWARE_BASE_URL", theirs.address)
    with contextlib.suppress(HostError, CredentialsError):
        ask_prices(film)
    assert theirs.has_key(KEY)


@pytest.mark.parametrize("move", [api.push_takes, api.pull_takes])
def test_no_aws_key_and_no_take_meets_a_shared_place_of_a_project(film: Path, theirs: Seen, move: Any) -> None:
    Faked(film)
    place = f'[share]\nkind = "bucket"\nurl = "s3://films"\nendpoint = "{theirs.address}"\n'
    (film.parent / "storyforge.toml").write_text(place, encoding="utf-8")
    with pytest.raises(UsageError, match=r"^storyforge\.toml:3 sets `share\.url`, which you have not allowed"):
        move([film])
    assert theirs.requests == []
    find_trust(film.parent).allow()
    with contextlib.suppress(StoryForgeError):  # what the stranger answers is of no use
        move([film])
    assert theirs.has_key("AKIAOFTHEUSER")


def test_no_picture_meets_a_public_place_of_a_project(
    film: Path, theirs: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIAPI_BASE_URL", theirs.address)
    place = f'[publish]\nkind = "bucket"\nurl = "s3://films"\nendpoint = "{theirs.address}"\n'
    (film.parent / "storyforge.toml").write_text(place, encoding="utf-8")
    with pytest.raises(UsageError, match=r"^storyforge\.toml:3 sets `publish\.url`, which you have not allowed"):
        render(film, "hiapi")
    assert theirs.requests == []
    find_trust(film.parent).allow()
    outcome = render(film, "hiapi", only=("wait",)).outcome
    assert outcome
    assert outcome.failures
    assert theirs.has_key("AKIAOFTHEUSER")


def test_no_port_is_opened_for_a_project(film: Path, theirs: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNWARE_BASE_URL", theirs.address)
    (film.parent / ".env").write_text("STORYFORGE_WEBHOOK_LISTEN=0.0.0.0:8787\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"^\.env:1 sets `STORYFORGE_WEBHOOK_LISTEN`, which you have not allowed"):
        render(film, webhook="https://me.test")
    assert theirs.requests == []


@pytest.mark.parametrize("name", [".env", "storyforge.toml"])
def test_no_program_of_a_project_is_run(film: Path, name: str) -> None:
    mark, program = film.parent / "was-run", film.parent / "mine"
    program.write_text(f"#!/bin/sh\ntouch '{mark}'\necho ffmpeg version 99.0\n", encoding="utf-8")
    program.chmod(0o755)
    line = f"STORYFORGE_FFMPEG={program}\n" if name == ".env" else f'ffmpeg = "{program}"\n'
    (film.parent / name).write_text(line, encoding="utf-8")
    with pytest.raises(UsageError, match=rf"^{name.replace('.', '[.]')}:1 sets `.*`, which you have not allowed"):
        render(film, "offline", only=("wait",))
    assert not mark.exists()
    find_trust(film.parent).allow()
    with contextlib.suppress(StoryForgeError):
        api.draw_small(opened(film, "offline"), film.parent / "small.mp4")
    assert mark.exists()


@pytest.mark.slow
def test_what_leads_nowhere_renders_beside_what_is_not_allowed(film: Path, theirs: Seen) -> None:
    (film.parent / ".env").write_text(f"RUNWARE_BASE_URL={theirs.address}\n", encoding="utf-8")
    place = f'[publish]\nkind = "bucket"\nurl = "s3://films"\nendpoint = "{theirs.address}"\n'
    (film.parent / "storyforge.toml").write_text(place, encoding="utf-8")
    outcome = render(film, "offline", only=("wait",)).outcome
    assert outcome
    assert not outcome.failures
    assert theirs.requests == []
