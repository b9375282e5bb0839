import re
from random import Random

from documents import seeds, shuffled, storyboard, typed
from hypothesis import given, settings

from storyforge.language.text_file import Page
from storyforge.language.yaml_spans import read_outline
from storyforge.language.yaml_tree import read_tree, resolve_scalar

TEXT = """\
# head
a: &x one   # c
b:
- - 1
  -   two
-
f: {k: [1, *x ], 'l' : , m}   # tail
g: [p: q, 16:9]
t: |   # header
    lit

    eral

s: >+
    kept

e:
*x : y
? q
: r
"""


def shown(piece, text):
    """The outline as the texts it points at."""
    said = text[piece.content : piece.end]
    if piece.kind in ("text", "alias"):
        return said
    inside = [shown(entry.value, text) for entry in piece.entries]
    if piece.kind == "list":
        assert all(text[entry.start : entry.head] == "-" * piece.block for entry in piece.entries)
        return inside
    return {text[entry.start : entry.head]: one for entry, one in zip(piece.entries, inside, strict=True)}


def test_every_value_is_found_without_what_stands_around_it():
    page = Page("a", TEXT)
    root = read_outline(page)
    assert shown(root, TEXT) == {
        "a": "one",
        "b": [["1", "two"], ""],
        "f": {"k": ["1", "*x"], "'l'": "", "m": ""},
        "g": [{"p": "q"}, "16:9"],
        "t": "|   # header\n    lit\n\n    eral",
        "s": ">+\n    kept\n",
        "e": "",
        "*x": "y",
        "? q": "r",
    }
    assert TEXT[root.start : root.find("a").value.end] == "a: &x one"
    assert root.find("a").value.start == root.find("a").value.content - len("&x ")
    assert [root.find("f").value.find("k").value.find(1).value.meant] == [root.find("a").value]
    assert TEXT[: root.find("f").value.end].endswith("'l' : , m}")
    assert TEXT[: root.find("f").value.find("m").value.end].endswith(" m")
    assert [root.find(key).value.style for key in "afgts"] == ["", "{", "[", "|", ">"]
    assert (root.find("b").value.last, root.last) == (root.find("b").value.find(1).value, root.find("q").value)
    assert [root.find("nothing"), root.find("b").value.find(2), root.find("b").value.find("0")] == [None] * 3


def test_lines_may_end_in_any_way_and_a_byte_order_mark_may_lead():
    text = "\ufeff" + TEXT.replace("\n", "\r\n")
    root = read_outline(Page("a", text))
    assert text[root.start] == "a"
    assert shown(root.find("t").value, text) == "|   # header\r\n    lit\r\n\r\n    eral"
    assert shown(root.find("s").value, text) == ">+\r\n    kept\r\n"


def test_spaces_below_a_literal_text_belong_to_it_where_they_are_deeper():
    text = "a: |\n  one\n    \n\nb: >-\n  two\n \nc: |1\n   three\n  \n\n"
    root = read_outline(Page("a", text))
    expected = ["|\n  one\n    ", ">-\n  two", "|1\n   three\n  "]
    assert [shown(root.find(key).value, text) for key in "abc"] == expected


def test_a_page_without_a_mapping_has_no_outline():
    assert [read_outline(Page("a", text)) for text in ("", "# only\n", "- a\n", "text\n")] == [None] * 4


@settings(max_examples=80, deadline=None)
@given(seeds)
def test_an_outline_holds_what_the_tree_holds(seed):
    chance = Random(seed)
    page = Page("a", typed(chance, shuffled(chance, storyboard(chance))))
    tree, findings = read_tree(page)
    assert findings == []

    def compare(piece, value):
        piece = piece.meant or piece
        raw = page.text[piece.content : piece.end]
        if isinstance(value, dict | list) and piece.entries:
            assert len(piece.entries) == len(value)
            for entry, key in zip(piece.entries, value, strict=True):
                assert piece.block is (piece.style == "")
                compare(entry.value, value[key] if isinstance(value, dict) else key)
        elif isinstance(value, dict | list):
            assert re.sub(r"#.*|\s", "", raw) in ("{}", "[]", "")
        elif isinstance(value, str):
            assert raw[:1] in "'\"|>" or " ".join(raw.split()) == value
            assert piece.block or raw == raw.strip()
        else:
            assert resolve_scalar(raw) == value

    compare(read_outline(page), tree.value)
