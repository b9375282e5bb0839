"""The page on security says what is promised and which tests hold it."""

from __future__ import annotations

import re

from fuzz.run import GENERATORS
from house import ROOT

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_each_promise_names_tests_that_exist() -> None:
    rows = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 9
    for what, _, tests in rows:
        named = re.findall(r"`(tests/[^`]+)`", tests)
        assert named, what
        for name in named:
            text = (ROOT / name).read_text(encoding="utf-8")
            assert re.search(r"^ *(async )?def (test_|run\b)", text, re.MULTILINE), name


def test_the_page_counts_the_generators_and_names_each() -> None:
    said = " ".join(PAGE.split())
    assert len(GENERATORS) == 6
    assert "Six generators in `tests/fuzz/`" in said
    for one in ("storyboards", "answers of hosts", "films", "stores", "locks", "templates"):
        assert one in said, one
    drawn = {path.stem for path in (ROOT / "tests/fuzz").glob("*.py")} - {
        "__init__",
        "damage",
        "run",
        "test_fuzz",
        "watching",
    }
    assert drawn == set(GENERATORS)


def test_the_page_says_where_to_report() -> None:
    assert "## Report a vulnerability" in PAGE
    assert "do not open a public issue" in PAGE
