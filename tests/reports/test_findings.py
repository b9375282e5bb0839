import re
import unicodedata

import jsonschema
import pytest

from storyforge.model.diagnostics import Diagnostic, Location
from storyforge.reports.explain import explain
from storyforge.reports.findings import as_document, as_github, as_sarif, as_spans, as_text, count_findings, file_name

ESC = "\x1b"


class Lines:
    """A source of one file's lines."""

    def __init__(self, *lines):
        self.lines = lines

    def locate(self, path, span=None, key=False):
        raise NotImplementedError

    def line(self, file, number):
        return self.lines[number - 1] if number <= len(self.lines) else ""

    def order(self, file):
        return 0


def at(line, column, length=1, severity="error", message="it is so", hint=None, file="film.story.yaml"):
    return Diagnostic("no-mark", severity, message, hint, location=Location(file, line, column, length))


def excerpt(text, column, length=1):
    """The line and the caret line of a printed finding, behind the gutter."""
    lines = as_text([at(1, column, length)], Lines(text)).splitlines()
    return lines[3][4:], lines[4][4:]


def columns(text):
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text if not unicodedata.combining(char)
    )


def test_a_finding_shows_its_place_its_line_and_what_to_do():
    found = at(12, 9, 5, message="`@mria` is nobody of the cast", hint="did you mean `@mira`?")
    lines = ["-"] * 11 + ['action: "@mria waits."']
    assert as_text([found], Lines(*lines), prefix="examples/x") == (
        "error[no-mark]: `@mria` is nobody of the cast\n"
        "  --> examples/x/film.story.yaml:12:9\n"
        "   |\n"
        '12 | action: "@mria waits."\n'
        "   |         ^^^^^\n"
        "   = hint: did you mean `@mira`?\n"
        "\n"
        "1 error\n"
    )


def test_a_finding_without_a_place_or_a_readable_file_has_no_excerpt():
    assert as_text([Diagnostic("no-shots", "error", "it is so")], Lines()) == "error[no-shots]: it is so\n\n1 error\n"
    assert as_text([at(7, 1)], Lines()) == "error[no-mark]: it is so\n --> film.story.yaml:7:1\n\n1 error\n"


def test_nothing_found_is_nothing_said():
    assert as_text([], Lines()) == ""


def test_the_summary_counts_each_kind():
    kinds = ["error", "error", "warning", "hint", "hint"]
    assert count_findings([at(1, 1, severity=kind) for kind in kinds]) == "2 errors, 1 warning, 2 hints"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("action: 米拉走上楼梯", "走上"),
        ("action: Ｍｉｒａ waits", "waits"),
        ("action: de\u0301ja\u0300 vu", "vu"),
        ("action: ミラ、@オット", "@オット"),
        ("\taction:\tx", "x"),
        ("action: 한국어 text", "text"),
    ],
)
def test_the_caret_stands_under_exactly_what_is_meant(text, word):
    shown, caret = excerpt(text, text.index(word) + 1, len(word))
    before, _, _ = shown.partition(word)
    assert columns(caret.rstrip("^")) == columns(before)
    assert caret.count("^") == columns(word)
    assert "\t" not in shown


@pytest.mark.parametrize("column", [1, 40, 600, 1190])
def test_a_long_line_is_cut_around_the_caret(column):
    text = "".join(chr(97 + n % 26) for n in range(1200))
    shown, caret = excerpt(text, column, 8)
    assert len(shown) <= 102
    assert caret.count("^") == 8
    assert shown[caret.index("^") :][:8] == text[column - 1 :][:8]
    assert shown.startswith("…") == (column > 30)
    assert shown.endswith("…") == (column < 1000)


def test_a_span_longer_than_the_excerpt_ends_with_it():
    shown, caret = excerpt("x" * 5000, 11, 4000)
    assert len(caret) <= len(shown) <= 102


def test_a_caret_behind_the_end_of_a_line_is_one_caret():
    assert excerpt("seconds:", 40)[1] == " " * 8 + "^"


def test_parts_make_the_text_and_say_what_is_to_be_coloured():
    found = [at(1, 1, hint="do this")]
    spans = as_spans(found, Lines("x: 1"))
    assert "".join(text for text, _ in spans) == as_text(found, Lines("x: 1"))
    assert ("^", "error") in spans
    assert {role for _, role in spans} == {"error", "message", "gutter", ""}


HOSTILE = f"a{ESC}[2J\u009b31m\rb\x00\u202eevil\u2066 ##[add-mask]x ##vso[task]\n::error::gotcha\ud800"


def test_what_a_storyboard_says_gives_no_orders_to_a_terminal_or_a_server():
    found = at(1, 3, message=HOSTILE, hint=HOSTILE, file=f"{HOSTILE}.yaml")
    text = as_text([found], Lines(HOSTILE.replace("\n", " ")))
    annotation = as_github([([found], Lines(), "")])
    log = as_sarif([([found], Lines(), "")])
    for said in (text, annotation, log["runs"][0]["results"][0]["message"]["text"]):
        kept = said.replace("\n", "")
        assert not [char for char in kept if unicodedata.category(char) in ("Cc", "Cf", "Cs")]
        assert not re.search(r"##\w*\[", said)
        assert "\\x1b[2J\\x9b31m\\rb\\x00\\u202eevil" in said
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert annotation.count("\n") == 1
    assert annotation.startswith("::error title=")


def test_annotations_are_escaped_and_come_worst_first():
    findings = [
        at(1, 2, severity="hint"),
        at(2, 3, 4, severity="warning", message="50% more", hint="do this"),
        at(3, 4, file="a,b:c.yaml"),
    ]
    assert as_github([(findings, Lines(), "films")]).splitlines() == [
        "::error title=storyforge (no-mark),file=films/a%2Cb%3Ac.yaml,line=3,col=4,endColumn=5::it is so",
        "::warning title=storyforge (no-mark),file=films/film.story.yaml,line=2,col=3,endColumn=7"
        "::50%25 more%0Ahint: do this",
        "::notice title=storyforge (no-mark),file=films/film.story.yaml,line=1,col=2,endColumn=3::it is so",
    ]


def test_a_document_holds_all_findings_under_the_names_the_user_knows():
    shared = at(4, 1, file="../bible.story.yaml")
    document = as_document([([at(1, 1), shared], Lines(), "films/one"), ([shared], Lines(), "films/two")])
    assert document["storyforge"] == 1
    files = [found["file"] for found in document["diagnostics"]]
    assert files == ["films/one/film.story.yaml", "films/bible.story.yaml"]


@pytest.mark.parametrize(
    ("file", "prefix", "shown"),
    [
        ("film.yaml", "", "film.yaml"),
        ("film.yaml", "a/b", "a/b/film.yaml"),
        ("../film.yaml", "a/b", "a/film.yaml"),
        ("film.yaml", "/tmp/x", "/tmp/x/film.yaml"),
        ("../film.yaml", "", "../film.yaml"),
    ],
)
def test_files_are_named_from_where_the_user_stands(file, prefix, shown):
    assert file_name(file, prefix) == shown


SARIF = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": {"type": "object", "required": ["text"]},
                                                "help": {"type": "object", "required": ["text"]},
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message", "ruleId", "ruleIndex", "level"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"type": "object", "required": ["text"]},
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["physicalLocation"],
                                        "properties": {
                                            "physicalLocation": {
                                                "type": "object",
                                                "required": ["artifactLocation", "region"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "properties": {"uri": {"pattern": r"^[A-Za-z0-9._~/%:-]+$"}}
                                                    },
                                                    "region": {
                                                        "additionalProperties": False,
                                                        "properties": {
                                                            name: {"type": "integer", "minimum": 1}
                                                            for name in ("startLine", "startColumn", "endColumn")
                                                        },
                                                    },
                                                },
                                            }
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
"""The part of SARIF 2.1.0 that is used."""


def test_a_sarif_log_is_valid_and_explains_its_rules():
    findings = [
        at(1, 2, 5, file="../été film.yaml"),
        at(3, 1, severity="hint"),
        Diagnostic("no-shots", "warning", "it is so", "do this"),
    ]
    log = as_sarif([(findings, Lines(), "")])
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    assert [rule["id"] for rule in rules] == ["no-mark", "no-shots"]
    assert rules[0]["help"]["text"] == explain("no-mark")
    assert [rules[result["ruleIndex"]]["id"] for result in results] == ["no-mark", "no-mark", "no-shots"]
    assert [result["level"] for result in results] == ["error", "note", "warning"]
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "../%C3%A9t%C3%A9%20film.yaml"
    assert place["region"] == {"startLine": 1, "startColumn": 2, "endColumn": 7}
    assert "locations" not in results[2]
    assert results[2]["message"]["text"] == "it is so\nhint: do this"


def test_a_log_of_nothing_is_valid():
    jsonschema.validate(as_sarif([]), SARIF)
