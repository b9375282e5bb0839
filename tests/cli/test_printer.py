"""One place prints: what it says is escaped, and colour and line ends are its own."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from house import PACKAGE
from projects import HEAD, SHOTS, project
from screens import EVERYTHING, HOSTILE, MARK, find_harm

from storyforge.cli import printer
from storyforge.cli.options import Console, show_failures
from storyforge.cli.printer import print_error, print_json, print_lines, print_spans, print_text, start_bar
from storyforge.cli.progress import Meter
from storyforge.model.errors import HostError
from storyforge.model.progress import Work
from storyforge.rendering.run import Outcome

ELSEWHERE = {
    "cli/printer.py": "the printer itself",
    "animatic/espeak.py": "a voice in a process of its own, which answers its caller over a pipe",
}
"""Who else writes to stdout or stderr, and why."""


def prints(code: str) -> list[int]:
    """The lines on which a module prints by itself, or asks at the terminal."""
    found = []
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call(func=ast.Name(id="print" | "input")):
                found.append(node.lineno)
            case ast.Attribute(value=ast.Name(id="click"), attr="echo" | "secho" | "confirm" | "prompt" | "style"):
                found.append(node.lineno)
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="sys")), attr="write" | "writelines" | "buffer"):
                found.append(node.lineno)
            case ast.ImportFrom(module="rich.console" | "rich.progress" | "rich" | "rich.prompt", names=names):
                found += [node.lineno for name in names if name.name in ("Console", "print", "Live", "Prompt")]
            case ast.ImportFrom(module="click", names=names):
                found += [node.lineno for name in names if name.name in ("echo", "secho", "confirm", "prompt")]
    return found


def test_nothing_else_prints():
    names = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
    assert {name for name, path in names.items() if prints(path.read_text(encoding="utf-8"))} == set(ELSEWHERE)


@pytest.mark.parametrize(
    "code",
    ["print(1)", "click.echo(1)", "click.confirm('?')", "sys.stdout.write('')", "sys.stdout.buffer", "from click import echo", "from rich.console import Console"],
)  # fmt: skip
def test_what_prints_is_found(code):
    assert prints(code) == [1]
    assert prints("say(1)\nfile.write('')\nmatch.start(1)") == []


def said(capsys, text: str) -> str:
    """All that is said of a run at a host, with one text in everything that the host or a file gave."""
    fault = HostError(f"the host says: {text} c", f"ask {text} c")
    with Meter(Console()) as meter:
        meter.begin({"take": Work(f"boat {text} c", 30)})
        meter.start("take", f"rendering {text} c")
        meter.note(f"note: {text} c")
        meter.finish("take", f"rendered {text} c")
        meter.fail("take", f"{text} c")
    print_error(fault)
    show_failures(Outcome(failures={"take": fault}))
    print_lines([f"a {text} c", "b"], err=True)
    print_spans([("error", "error"), (f": {text} c\n", "message")], color=True, err=True)
    return capsys.readouterr().err


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_a_host_says_moves_hides_and_colours_no_line(capsys, kind):
    # In print_spans a line end within a part is a line end, as a report made it: the report escapes what is not.
    assert find_harm(said(capsys, f"{MARK} {HOSTILE[kind]}".replace("\n", "")), said(capsys, MARK)) == []


def test_a_line_stays_one_line_and_a_text_keeps_its_own(capsys):
    print_lines(["a\nb", "c\td"])
    print_text("e\n\tf\r\n")
    print_text("")
    assert capsys.readouterr().out == "a\\nb\nc\\td\ne\n\tf\r\n"


def test_colour_is_put_in_behind_the_escapes(capsys):
    print_spans([("error", "error"), (": \x1b[0m", "message"), ("\n", "")], color=True)
    print_spans([("error", "error"), (": \x1b[0m", "message"), ("\n", "")], color=False)
    coloured, plain = capsys.readouterr().out.splitlines()
    assert coloured == "\x1b[1;31merror\x1b[0m\x1b[1m: \\x1b[0m\x1b[0m"
    assert plain == "error: \\x1b[0m"


def test_json_means_the_same_and_gives_no_orders(capsys):
    document = {EVERYTHING: [EVERYTHING, "é 雨 😀 \ud800"]}
    print_json(document)
    out = capsys.readouterr().out
    assert json.loads(out) == document
    assert find_harm(out, out) == []
    assert "##vso[" not in out
    assert "é 雨 😀" in out


@pytest.mark.parametrize("kind", HOSTILE)
def test_above_and_in_a_bar_a_text_is_one_line(monkeypatch, capsys, kind):
    monkeypatch.setattr(Console, "animated", True)
    with Meter(Console()) as meter:
        meter.begin({"take": Work(HOSTILE[kind], 30)})
        meter.start("take", f"[bold]{HOSTILE[kind]}")
        meter.advance("take", 0.5)
        (task,) = meter.bar.tasks
        assert find_harm(f"{MARK} {task.description}\n", f"{MARK}\n") == []
        meter.note(f":warning: [red]{HOSTILE[kind]}"[:60])
    # It may be too wide for the line that it would begin on.
    assert ":warning: [red]" in capsys.readouterr().err.replace("\n", "")


def test_what_a_console_has_no_letters_for_is_said_in_plainer_ones(monkeypatch, tmp_path):
    for encoding, expected in (("ascii", "a -> b ... \\xe9 \\u96e8"), ("latin-1", "a -> b ... é \\u96e8")):
        path = tmp_path / encoding
        with path.open("w", encoding=encoding) as stream:
            monkeypatch.setattr(sys, "stdout", stream)
            print_text("a → b … é 雨")
            print_json(["→ é 雨 😀"])
            monkeypatch.undo()
        text, _, *document = path.read_text(encoding=encoding).partition("\n")
        assert text == expected
        assert json.loads("".join(document)) == ["→ é 雨 😀"]


SILENT = SHOTS.replace("    dialogue:\n      - bo: Take it.\n", "")
PLACES = (
    {"PYTHONIOENCODING": "latin-1"},
    {"PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES, ids=lambda place: "-".join(place))
@pytest.mark.parametrize("closed", ["", "<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "1</dev/null"])
def test_no_console_and_no_closed_stream_is_a_traceback(tmp_path, place, closed):
    path = project(tmp_path, SILENT, HEAD.replace("The Ferry", "Die Fähre → 雨 😀").replace("a blue lamp", "é"))
    code = "import sys; from storyforge.cli import main; main()"
    environment = {**os.environ, **place}
    for command in ("check", "plan", "compile", "compile --format json", "takes", "fmt --diff", "render"):
        line = f"{sys.executable} -c '{code}' {command} {path.name} {closed}"
        done = subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False
        )
        assert b"Traceback" not in done.stderr, (command, done.stderr.decode("utf-8", "replace"))
        assert b"ignored" not in done.stderr
        # What has a result, and nowhere to print it, ends with 1; here `check` has none.
        assert done.returncode == int("/dev" in closed and command != "check"), command


def test_a_closed_stream_reads_and_writes_nothing_and_its_number_is_not_given_to_a_file(tmp_path):
    code = "from storyforge.cli.printer import open_streams; open_streams(); import sys; open('x', 'w'); print('gone'); sys.stdout.flush(); assert not sys.stdin.isatty() and sys.stdin.read() == ''"
    done = subprocess.run(
        ["bash", "-c", f'{sys.executable} -c "{code}" <&- >&-'], cwd=tmp_path, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert Path(tmp_path, "x").read_text() == ""


def test_a_question_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(printer.click, "confirm", lambda text, **_: text)
    assert printer.ask("Spend it\n\x1b[2J?") == "Spend it\\n\\x1b[2J? [y/N]"


def test_a_bar_is_there_without_colour(capsys):
    bar = start_bar(10, color=False)
    bar.stop()
    assert bar.tasks[0].total == 10
