"""What authors write that YAML cannot read: masks to read on with, and the parser's complaints in our own words.

Authors begin lines with `@mira` and write colons into prose, neither of which unquoted YAML text may hold. In the copy
that is parsed such a character is masked by another of the same length, so every offset stays true and one run finds
all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from storyforge.language.text_file import LINE_END, Page
from storyforge.model.diagnostics import Diagnostic

LOUD = {"\U0010fff0": "@", "\U0010fff1": ":", "\U0010fff2": "`", "\U0010fff3": "%"}
"""Masks of what wants quotes: a finding where the character matters."""

QUIET = {
    "\U0010fff4": ":",
    "\U0010fff5": "\x85",
    "\U0010fff6": "\u2028",
    "\U0010fff7": "\u2029",
    "\U0010fff8": "\ufffd",
    "\U0010fff9": "?",
}
"""Masks of what YAML 1.2 allows and the C parser, which knows 1.1, does not (`[16:9]`, `{a: Who?}`, line ends that are
none), and of characters that are no text at all."""

MENTION, COLON, BACKTICK, PERCENT = LOUD
TIGHT, *_, NO_TEXT, ASKED = QUIET
MASKED = re.compile("[\U0010fff0-\U0010fff9]")
UNMASK = str.maketrans({**LOUD, **QUIET})

BREAKS = {shown: mask for mask, shown in QUIET.items() if shown in "\x85\u2028\u2029"}
# Ends below our masks, so that a file which holds one is refused and not taken for a masked text.
FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffef]")
TIGHT_COLON = re.compile(r"""(?<=[^\s"'\]}]):(?=[^\s,\[\]{}])""")
TIGHT_QUESTION = re.compile(r"(?<=[^\s\[\]{},])\?")
FIRST_PERCENT = re.compile(r"(?<=[ \t\[{,])%")
LONE_QUESTION = re.compile(r"(:[ \t]+)\?(?=[ \t]*[,}])")
WIDE_COLON = re.compile(r":(?=\s|$)")
KEY_AND_PROSE = re.compile(r"""[ ]*(?:-[ ]+)*[^\s:#'"\[{][^:]*:[ ]+[^\s"'\[{|>&*!#].*""")
PLAIN_LINE = re.compile(r"""^[ ]*(?:-[ ]+)*\w[^:,\[\]{}"'\n]*:[ ]+[^\s"'\[{|>&*!#,][^,\[\]{}\n]*$""", re.MULTILINE)
TABBED = re.compile(r"[ ]*\t[ \t]*(?=\S)")

MARKS = re.compile(r"^(?:<{7}|={7}|>{7})(?=[ \r\n]|\Z)", re.MULTILINE)
"""What git puts around and between two versions of the same lines."""

COMPLAINTS: tuple[tuple[str, bool, str, str], ...] = (
    (
        r"quoted scalar.*end of stream|quoted scalar.*document indicator",
        True,
        "a quote is opened and never closed",
        "close it at the end of the text; inside single quotes a quote is written twice",
    ),
    (
        r"escape",
        False,
        "a backslash in double quotes is followed by a character that means nothing there",
        "write `\\\\` for a backslash, or put the text in single quotes",
    ),
    (
        r"flow sequence",
        True,
        "a list that is opened with `[` goes on without a comma or its `]`",
        "close it with `]`, and put text that holds commas, colons or brackets in quotes",
    ),
    (
        r"flow mapping",
        True,
        "a mapping that is opened with `{` goes on without a comma or its `}`",
        "close it with `}`, and put text that holds commas, colons or braces in quotes",
    ),
    (
        r"could not find expected ':'",
        True,
        "the line is neither a key with its value nor part of the text above",
        "write `key: text`, or set the line further in than the key whose text it continues",
    ),
    (
        r"(mapping values|sequence entries) are not allowed",
        False,
        "a key or a list begins inside a value",
        "put text that holds `: ` or begins with `- ` in quotes, and begin each key under the keys it belongs to",
    ),
    (
        r"block (collection|sequence)",
        False,
        "the line is not an item of the list above it",
        "begin each item with `- `, all as far in",
    ),
    (
        r"block mapping",
        False,
        "the line is not part of what is above it",
        "begin each key in the column of the keys around it, and put text that holds quotes in quotes as a whole",
    ),
    (
        r"block scalar",
        False,
        "`|` or `>` is followed by text on its own line",
        "begin the text on the next line, further in, or put it in quotes",
    ),
    (
        r"anchor|alias|tag|node content|start any token",
        False,
        "the text begins with a character that means something else to YAML",
        "put it in quotes",
    ),
    (
        r"directive|incompatible",
        False,
        "a line that begins with `%` is an instruction to YAML",
        "take the line away; a storyboard needs none",
    ),
)
"""What the parser says (a pattern), whether the broken thing's beginning is the better place, what we say, the hint."""


MANY = 2_000
"""Findings after which a file is not read on: nobody reads them, and finding more takes long."""

MORE = "there are more mistakes from here on", "fix those above first"
"""Message and hint of the finding that ends such a list."""


def make_readable(text: str) -> tuple[str, list[int]]:
    """The text with a mask on whatever the parser would misread or refuse at once, and where characters are no text."""
    refused = [found.start() for found in FORBIDDEN.finditer(text)]
    if refused:
        text = FORBIDDEN.sub(NO_TEXT, text)
    for shown, mask in BREAKS.items():
        text = text.replace(shown, mask)
    return text, refused


def mask_error(text: str, error: YAMLError) -> str:
    """The text with masks on what this error is about and all like it; the same text where no mask would help."""
    at, problem = error_offset(error), str(getattr(error, "problem", ""))
    if "start any token" in problem:
        char = text[at : at + 1]
        if char in "@`":
            # All of them at once: each round parses the whole text, and a film has thousands of mentions.
            return text.replace(char, MENTION if char == "@" else BACKTICK)
        return FIRST_PERCENT.sub(PERCENT, text[:at] + PERCENT + text[at + 1 :]) if char == "%" else text
    if "node content" in problem and text[at : at + 1] == "?":
        return LONE_QUESTION.sub(rf"\1{ASKED}", text[:at] + ASKED + text[at + 1 :])
    if "expected ','" in problem:
        return TIGHT_QUESTION.sub(ASKED, text)
    if "unexpected ':'" in problem:
        return TIGHT_COLON.sub(TIGHT, text)
    if "mapping values are not allowed" in problem:
        start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
        if KEY_AND_PROSE.fullmatch(text, start, at):
            ending = LINE_END.search(text, at)
            end = ending.start() if ending else len(text)
            text = text[:at] + WIDE_COLON.sub(COLON, text[at:end]) + text[end:]
            return PLAIN_LINE.sub(_prose, text)
    return text


def _prose(found: re.Match[str]) -> str:
    """A line with its first colon as it was and a mask on every other that ends a word."""
    key, colon, prose = found[0].partition(":")
    return key + colon + WIDE_COLON.sub(COLON, prose)


def error_offset(error: YAMLError, beginning: bool = False) -> int:
    """Where the parser stopped, or where the thing began that it could not finish."""
    assert isinstance(error, MarkedYAMLError)
    mark = (error.context_mark if beginning else None) or error.problem_mark or error.context_mark
    return int(mark.index)


def describe_error(page: Page, shift: int, error: YAMLError) -> list[Diagnostic]:
    """The parser's error in our own words; `shift` is what offsets in the page have more than in what was parsed."""
    said = f"{getattr(error, 'context', '')} {getattr(error, 'problem', '')}"
    at = error_offset(error) + shift
    # Asked first: git's marks break YAML at some place near, which the parser would report as a mistake of its own.
    if undecided := list(islice(_conflicts(page), MANY)):
        return undecided
    if page.text[at : at + 1] == "\t" or "tab character" in said:
        return _tabs(page, at)
    if "document start" in said:
        return [several_documents(page, at)]
    for pattern, beginning, message, hint in COMPLAINTS:
        if re.search(pattern, said):
            at = error_offset(error, beginning) + shift
            return [page.error("yaml-syntax", at, at + 1, message, hint)]
    return [page.error("yaml-syntax", at, at + 1, "YAML cannot read the text from here on", "put it in quotes")]


def _tabs(page: Page, at: int) -> list[Diagnostic]:
    number = page.location(at, at).line
    found: list[Diagnostic] = []
    for start in page.starts[number - 1 :]:
        tabbed = TABBED.match(page.text, start)
        if tabbed and len(found) < MANY:
            message, hint = "the line is set in with a tab", "set it in with spaces"
            spaces = tabbed[0].expandtabs(2)
            found.append(page.error("tab-indentation", *tabbed.span(), message, hint, spaces))
    return found or [page.error("yaml-syntax", at, at + 1, "there is a tab where YAML wants spaces", "write spaces")]


def _conflicts(page: Page) -> Iterator[Diagnostic]:
    """What a merge left undecided."""
    begun, parted = None, False
    for mark in MARKS.finditer(page.text):
        match mark[0][0]:
            case "<":
                begun, parted = mark.start(), False
            case "=":
                parted = True
            case _ if begun is not None and parted:
                last = page.location(*mark.span()).line
                message = f"a merge left two versions of the lines from here down to line {last}"
                hint = "keep one of them, or what is right of both, and take git's marks away"
                yield page.error("merge-conflict", begun, begun + 7, message, hint)
                begun = None


def several_documents(page: Page, at: int) -> Diagnostic:
    """The error about a line `---` at offset `at` that begins a second document."""
    message, hint = (
        "a second document begins in the file",
        "keep one storyboard in one file, without a line `---` inside",
    )
    return page.error("several-documents", at, at + 3, message, hint)


def too_many(page: Page, at: int) -> Diagnostic:
    """The error that ends a list of mistakes, at offset `at` of the first one that is not listed."""
    return page.error("too-many-mistakes", at, at + 1, *MORE)


def no_text(page: Page, places: list[int]) -> Diagnostic:
    """One finding about all characters that are no text."""
    char = f"U+{ord(page.text[places[0]]):04X}"
    more = f", the first of {len(places)}" if len(places) > 1 else ""
    message = f"the file holds the control character {char}{more}"
    return page.error("control-character", places[0], places[0] + 1, message, "take it away, or save the file as text")


def quote_text(text: str) -> str:
    """Unquoted YAML text in quotes, its lines unchanged."""
    return f'"{text}"' if '"' not in text and "\\" not in text else "'" + text.replace("'", "''") + "'"
