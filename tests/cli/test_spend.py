"""`spend` tells what was spent in three forms."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from orders import begun, order
from projects import project, storyforge

from storyforge.model.printable import escape_text
from storyforge.system.ledger import Ledger
from storyforge.system.project import Project


@pytest.fixture
def ledger(tmp_path):
    with closing(Ledger(tmp_path / ".storyforge" / "ledger.db")) as opened:
        yield opened


def told(folder: Path, *options: str | Path) -> str:
    done = storyforge("spend", *options, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_table_says_what_is_unknown_and_what_is_open(ledger, tmp_path):
    begun(ledger, place="影片/ferry.story.yaml")
    order(ledger, "done", clip="wait", usd=1234.5)
    order(ledger, "sent", clip="wait", usd=None)
    order(ledger, "unresolved", clip="boat", usd=None)
    order(ledger, "done", film="free-1", clip="a", usd=None, paid=0.0)
    assert told(tmp_path, "--by", "clip") == (
        "film                   clip  orders  seconds                    usd  open  usd open\n"
        "free-1                 a          1        3                   free     0         –\n"
        "影片/ferry.story.yaml  boat       1        3                unknown     1   unknown\n"
        "影片/ferry.story.yaml  wait       2        6  $1,234.50 + 1 unknown     1   unknown\n"
        "total                             4       12  $1,234.50 + 2 unknown     2   unknown\n"
    )


def test_a_film_of_a_hostile_name_stays_on_its_line(ledger, tmp_path):
    begun(ledger, place="a\x1b[2J\nb\u202e.story.yaml")
    order(ledger)
    shown = told(tmp_path, "--by", "film")
    assert len(shown.splitlines()) == 3
    assert "a\\x1b[2J\\nb\\u202e.story.yaml" in shown


def test_the_document_has_rows_a_total_and_the_span(ledger, tmp_path):
    order(ledger, "done")
    order(ledger, "sent", host="scenario", usd=None)
    document = json.loads(told(tmp_path, "--by", "host", "--since", "2026-11-20", "--format", "json"))
    unknown = {"orders": 1, "seconds": 3, "usd": None, "unknown": 1}
    nothing = {"orders": 0, "seconds": 0, "usd": 0.0, "unknown": 0}
    rest = {"may_be_billed": nothing, "emulated": nothing}
    assert document == {
        "storyforge": 1,
        "since": "2026-11-20",
        "until": None,
        "rows": [
            {
                "host": "runware",
                "orders": 1,
                "seconds": 3,
                "usd": 0.42,
                "unknown": 0,
                "open": nothing,
                **rest,
            },
            {"host": "scenario", **unknown, "open": unknown, **rest},
        ],
        "total": {"orders": 2, "seconds": 6, "usd": 0.42, "unknown": 1, "open": unknown, **rest},
    }


def test_csv_is_that_of_rfc_4180_and_a_spreadsheet_calculates_none_of_it(ledger, tmp_path):
    hostile = ['=1+1, "x"\ny.story.yaml', "@SUM(A1).yaml", "-1.yaml", "+1.yaml", "＝1.yaml", "\t=1.yaml"]
    for count, place in enumerate(hostile):
        begun(ledger, f"film-{count}", place)
        order(ledger, film=f"film-{count}", usd=None if count else 0.42)
    done = subprocess.run(
        [sys.executable, "-c", "from storyforge.cli import main; main()", "spend", "--by", "clip", "--format", "csv"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    text = done.stdout.decode()
    head, *rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert head == ["film", "clip", "orders", "seconds", "usd", "unknown"] + [
        f"{part}_{name}"
        for part in ("open", "may_be_billed", "emulated")
        for name in ("orders", "seconds", "usd", "unknown")
    ]
    assert sorted(row[0] for row in rows) == sorted(f"'{escape_text(place)}" for place in hostile)
    assert {row[4] for row in rows} == {"0.42", ""}
    assert text.count("\r\n") == len(rows) + 1
    assert '"\'=1+1, ""x""\\ny.story.yaml",wait,1,3,0.42,0,0,0,0.0,0,0,0,0.0,0,0,0,0.0,0\r\n' in text


def test_a_file_is_told_of_alone_and_a_day_may_be_first_and_last(ledger, tmp_path):
    name = Project(project(tmp_path)).record_name
    begun(ledger, name)
    order(ledger, film=name, clip="boat")
    order(ledger, film="night-2", clip="wait")
    day = ("--since", "2026-11-20", "--until", "2026-11-20")
    assert [line.split()[:2] for line in told(tmp_path, "ferry.story.yaml", "--by", "clip", *day).splitlines()] == [
        ["film", "clip"],
        ["ferry.story.yaml", "boat"],
        ["total", "1"],
    ]


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_where_nothing_was_ordered_nothing_is_spent_and_nothing_is_made(tmp_path, form):
    path = project(tmp_path)
    done = storyforge("spend", path, "--format", form, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, f"nothing was ever ordered in {tmp_path}\n")
    match form:
        case "text":
            assert done.stdout == "nothing spent\n"
        case "json":
            nothing = {"orders": 0, "seconds": 0, "usd": 0.0, "unknown": 0}
            assert json.loads(done.stdout)["total"] == {
                **nothing,
                "open": nothing,
                "may_be_billed": nothing,
                "emulated": nothing,
            }
        case "csv":
            assert done.stdout.startswith("film,host,orders,seconds,usd,unknown,")
    assert not (tmp_path / ".storyforge").exists()


def test_a_ledger_is_read_and_not_written(ledger, tmp_path):
    order(ledger)
    ledger.close()
    path = tmp_path / ".storyforge" / "ledger.db"
    before = path.read_bytes(), path.stat().st_mtime_ns
    for by in ("film", "run"):
        told(tmp_path, "--by", by)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize("by", ["film", "run"])
def test_a_damaged_ledger_is_one_clear_error(ledger, tmp_path, by):
    for _ in range(60):
        order(ledger)
    ledger.close()
    path = tmp_path / ".storyforge" / "ledger.db"
    whole = path.read_bytes()
    for damaged in (b"x" * 5000, whole[:4096] + b"\xff" * (len(whole) - 4096), whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        done = storyforge("spend", "--by", by, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"error: the ledger `{path}` cannot be used: ")
        assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--since", "2026-11-02", "--until", "2026-11-01"), "`--since` is after `--until`"),
        (("nowhere.story.yaml",), "there is no file `nowhere.story.yaml`"),
        (("--since", "1.11.2026"), "does not match"),
    ],
)
def test_a_wrong_word_is_a_matter_of_usage(tmp_path, options, words):
    done = storyforge("spend", *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
