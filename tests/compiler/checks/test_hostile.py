"""Whatever is written in a storyboard, checking it says so and never breaks."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.checks.films import FILM, compiled, make_pictures
from storyforge.language.autofix import apply_fixes
from storyforge.reports.findings import as_document, as_github, as_sarif, as_text

GOOD = (
    FILM.replace("title:", "style: lamp-lit\nprovider: runware\nmusic: {file: theme.ogg}\npreserve: [the lamp]\ntitle:")
    + """\
    framing: wide shot
    sound: "@otto coughs"
    dialogue:
      - mira (V.O.): You are late.
      - otto.coat (whispering): The road is gone.
    transition: dissolve 0.5
    seconds: 8
    seed: 7
    extra: {runware: {ttl: 86400}}
  - {id: lamp-3, scene: lamp-room, action: "@mira and @otto.coat sit.", seconds: 40, continues: lamp-2}
"""
)

PIECES = st.sampled_from(
    [
        *"@.:-#'\"{}[]&*!|>%\\\t\n \r\u0000\u0085\u2028\ud800",
        *(
            "@mira",
            "@otto.coat",
            "@@",
            "{}",
            "[]",
            "null",
            "~",
            "0",
            "-1",
            "1e9",
            ".nan",
            "true",
            "米拉",
            "é",
            "e\u0301",
        ),
        *("seconds: 0.5", "seconds: 600", "continues: lamp-1", "lamp-2", "  ", "    ", "\r\n", "asset:7", "http://x/y"),
        *(
            "transition: wipe 99",
            "clip: new",
            "prefer: cast",
            "shots: []",
            "cast: {}",
            "language: xx",
            "&a",
            "*a",
            "<<: *a",
        ),
        *("aspect: '4:5'", "provider: hiapi", "../../x", "a" * 3000, "\u202e", "\ufeff", "MIRA: {}", "mira.coat: x"),
    ]
)


@st.composite
def mutated(draw):
    """The good film with stretches of it cut, doubled, moved or written over."""
    text = GOOD
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 5, 20, 80])))
        match draw(st.sampled_from(["write", "cut", "double", "move", "line"])):
            case "write":
                text = text[:start] + draw(PIECES) + text[end:]
            case "cut":
                text = text[:start] + text[end:]
            case "double":
                text = text[:end] + text[start:end] + text[end:]
            case "move":
                to = draw(st.integers(0, len(text)))
                text = text[:to] + text[start:end] + text[to:]
            case "line":
                lines = text.splitlines(keepends=True) or [""]
                random.Random(start).shuffle(lines) if end - start == 80 else lines.pop(start % len(lines))
                text = "".join(lines)
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project") / "film"
    make_pictures(folder)
    return folder


def test_the_film_that_is_mutated_is_good(folder):
    assert [found.name for found in compiled(folder, GOOD).diagnostics if found.severity == "error"] == []


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=mutated())
def test_a_mutated_film_is_only_ever_found_fault_with(folder, text):
    board = compiled(folder, text.encode(errors="replace").decode())
    for found in board.diagnostics:
        assert found.location is not None
        assert found.message == found.message.strip()
        assert not found.message.endswith(".") or found.message.endswith("…")
    everything = [(board.diagnostics, board.source, "films")]
    as_document(everything), as_sarif(everything), as_github(everything), as_text(board.diagnostics, board.source)
    again = board
    for _ in range(3):
        for new in apply_fixes(again.source, again.diagnostics).values():
            again = compiled(folder, new)
