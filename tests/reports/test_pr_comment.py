"""A plan as a comment: read by GitHub's own parser, whatever the storyboard says is text in a code span."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import cmarkgfm
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storyforge.model.printable import escape_text
from storyforge.reports.pr_comment import LIMIT, UNCHANGED, Comment, Entry, code, comment_text, marker

GITHUB_REFUSES = 65_536

PLAN = Comment(
    file="films/keeper.story.yaml",
    title="The Keeper",
    headline="**1 of 3 clips to render, $1.26**",
    columns=("Seconds", "To pay"),
    entries=(Entry("lamp-1", "changed", ('action: "a" → "b" (keeper.story.yaml:14)',), ("9", "$1.26")),),
    findings=(),
    kept=("lamp-3", "door"),
    notes=("Prices of Runware: $0.14 a second at 720p.",),
    unchanged=False,
)

HOSTILE = [
    "@mira and @octo-org/team",
    "<script>alert(1)</script> <img src=x onerror=y> <!-- -->",
    "</details></code></td>",
    "[text](https://example.org) ![x](https://example.org/x.png) www.example.org a@example.org",
    "a | b || c \\| d \\\\| e \\",
    "`tick` ``two`` ```three``` `",
    "**bold** _it_ ~~gone~~ :smile: $x^2$ #1 GH-1 octo/cat#1",
    "- item\n# head\r\n| a | b |\n|---|---|\n\n<div>",
    "&lt;b&gt; &#64;mira &commat;mira",
    "-->",
    " ",
    "",
]


class Page(HTMLParser):
    """What GitHub makes of it: the tags, the texts in code, and all other text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.codes, self.rest = list[str](), list[str](), ""
        self.cells = list[str]()
        self.depth = 0
        self.feed(cmarkgfm.github_flavored_markdown_to_html(text, cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE))

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "code":
            self.depth += 1
            self.codes.append("")
        elif tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        self.depth -= tag == "code"

    def handle_data(self, data):
        if self.depth:
            self.codes[-1] += data
        else:
            self.rest += data


def shown(text: str) -> str:
    """How a text of a storyboard looks in a comment."""
    return escape_text(text).replace("@", "@\u200b") or " "


def test_a_comment_says_what_is_to_pay_and_why():
    assert comment_text(PLAN) == (
        "<!-- storyforge:plan films/keeper.story.yaml -->\n"
        "### Plan of `The Keeper`\n"
        "\n"
        "**1 of 3 clips to render, $1.26**\n"
        "\n"
        "| Clip | State | Why | Seconds | To pay |\n"
        "|---|---|---|--:|--:|\n"
        '| `lamp-1` | changed | `action: "a" → "b" (keeper.story.yaml:14)` | 9 | $1.26 |\n'
        "\n"
        "<details><summary>2 clips stay as they are</summary>\n"
        "\n"
        "- `lamp-3`\n"
        "- `door`\n"
        "\n"
        "</details>\n"
        "\n"
        "Prices of Runware: $0.14 a second at 720p.\n"
    )


def test_github_reads_a_heading_a_table_and_what_is_folded():
    page = Page(comment_text(PLAN))
    assert {"h3", "table", "details", "summary", "ul", "strong"} <= set(page.tags)
    assert page.codes == ["The Keeper", "lamp-1", 'action: "a" → "b" (keeper.story.yaml:14)', "lamp-3", "door"]
    assert len(page.cells) == 10


def test_many_reasons_are_folded_away_below_the_table():
    why = tuple(f"reason {number}" for number in range(5))
    page = Page(comment_text(replace(PLAN, entries=(Entry("a", "changed", why, ("9", "$1.26")),))))
    assert page.codes[1:10] == ["a", "reason 0", "reason 1", "a", *why][:9]
    assert "and 3 more, below" in page.rest
    assert page.tags.count("details") == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_storyboard_becomes_markup(text):
    tags = Page(comment_text(PLAN)).tags
    hostile = replace(
        PLAN,
        title=text,
        entries=(Entry(text, "changed", (text,), ("9", "$1.26")),),
        kept=(text, text),
    )
    page = Page(comment_text(hostile))
    assert page.tags == tags
    assert len(page.codes) == 5
    assert "@" not in page.rest
    findings = Page(comment_text(replace(PLAN, findings=(text,))))
    assert findings.codes[1] == shown(text)


@settings(deadline=None)
@given(st.text(max_size=40))
@example("\\|")
@example("`|`")
@example(" `")
def test_any_text_is_shown_as_it_is(text):
    assert Page(f"a {code(text)} b").codes == [shown(text)]
    row = Page(f"| a | b |\n|---|---|\n| {code(text, cell=True)} | end |\n")
    (cell,) = row.codes
    # A backslash before a bar may stand there twice, for a table has no way to say it once.
    assert cell.replace("\\", "") == shown(text).replace("\\", "")
    assert len(row.cells) == 4
    assert row.rest.split() == ["a", "b", "end"]


def test_nobody_is_called_even_by_a_reply_that_quotes_the_comment_as_plain_text():
    assert "@mira" not in comment_text(replace(PLAN, title="@mira", kept=("a@mira",)))


@pytest.mark.parametrize("file", ["a-->b/<x>.story.yaml", "a b/ü.story.yaml", "--", "a\nb"])
def test_a_file_of_whatever_name_has_a_marker_of_one_line(file):
    first, second = comment_text(replace(PLAN, file=file)).split("\n")[:2]
    assert first == marker(file)
    assert first.count("-->") == 1
    assert second.startswith("### ")


def test_a_comment_that_need_not_be_made_says_so_in_its_second_line():
    assert comment_text(replace(PLAN, unchanged=True)).split("\n")[1] == UNCHANGED
    assert UNCHANGED not in comment_text(PLAN)


@pytest.mark.parametrize("letter", ["x", "夜", "|", "`"])
def test_a_long_film_is_cut_with_a_note_and_stays_a_whole_page(letter):
    long = letter * 400
    entries = tuple(Entry(f"c{number}", "changed", (long,) * 4, ("9", "$1.26")) for number in range(400))
    for comment in (
        replace(PLAN, entries=entries),
        replace(PLAN, entries=entries[:60], kept=(long,) * 400),
        replace(PLAN, findings=(long,) * 400),
        replace(PLAN, kept=(long,) * 400),
    ):
        text = comment_text(comment)
        assert LIMIT - 3000 < len(text) < GITHUB_REFUSES
        assert "More is left out here" in text
        assert text.endswith("Prices of Runware: $0.14 a second at 720p.\n")
        assert text.count("<details>") == text.count("</details>")
    assert "More is left out" not in comment_text(PLAN)
