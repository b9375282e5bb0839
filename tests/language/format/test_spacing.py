import pytest

from storyforge.language.format.document import Sheet
from storyforge.language.format.spacing import fix_spacing
from storyforge.language.text_edits import splice_fixes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # every level is two further in, lists too
        ("a:\n- b\n-   c:\n        d\n    e: f\n", "a:\n  - b\n  - c:\n        d\n    e: f\n"),
        ("  a:\n      b: c\n", "a:\n  b: c\n"),
        ("a:\n - - b\n   -   - c\n", "a:\n  - - b\n    - - c\n"),
        ("a:\n-\n      b: c\n", "a:\n  -\n    b: c\n"),
        ("a:\n    ? b\n    : c\n", "a:\n  ? b\n  : c\n"),
        # what runs on over lines goes along
        ("a:\n    b: c\n      d\n     e\n", "a:\n  b: c\n    d\n   e\n"),
        ("a:\n    b: 'c\n\n  d'\n", "a:\n  b: 'c\n\nd'\n"),
        ('a:\n    b: "c  \n      d \\  \n      e\\\n      f"  \n', 'a:\n  b: "c\n    d \\  \n    e\\\n    f"\n'),
        ("a:\n    b: [c,   # d\n        e  ,f]\n", "a:\n  b: [c,   # d\n      e  ,f]\n"),
        ("a:\n    b: [c,\n\te]\n", "a:\n  b: [c,\n\te]\n"),
        ("a:\n    b: |\n         c  \n        \n           d\n\n    e: f\n", "a:\n  b: |\n       c  \n\n         d\n\n  e: f\n"),
        ("a:\n    b: |2\n        c\n       \n", "a:\n  b: |2\n      c\n     \n"),
        ("a:\n    b: |+\n      c\n\n\n", "a:\n  b: |+\n    c\n\n\n"),
        # one space behind a colon, a dash and a comma
        ("a :   b\n", "a: b\n"),
        ("a:\t&b   c\n", "a: &b   c\n"),
        ("a:  |\n  b\n", "a: |\n  b\n"),
        ("a: &a b\n*a :  c\n", "a: &a b\n*a :  c\n"),
        ('{a: [ b ,c,  d , ], "e":f, g : { }, h: , i: [ ]}\n', '{a: [b, c, d], "e": f, g: {}, h: , i: []}\n'),
        ("a: [b:   c]\n", "a: [b: c]\n"),
        # white space at ends, and blank lines
        ("\n \n\na: b  \n  \n\n\nc: d\t\n\n \n", "a: b\n\nc: d\n"),
        ("\ufeff\na: b\n", "\ufeffa: b\n"),
        ("---\n\n\na: b\n", "---\n\na: b\n"),
        # comments stay next to what they are above, or below
        ("a:\n    # b\n    b: c\n      # d\n  # e\n# f\ng: h\n  # i\n", "a:\n  # b\n  b: c\n    # d\n  # e\n# f\ng: h\n  # i\n"),
        ("a:\n  # b\n    b: c\n", "a:\n  # b\n  b: c\n"),
        ("a:\n- b\n# c\n- d\n# e\n", "a:\n  - b\n  # c\n  - d\n# e\n"),
        ("  # a\n    b: c\n", "# a\nb: c\n"),
        # comments after a line keep their distance, and their column if they share it
        ("a:   b  # c\n", "a: b  # c\n"),
        ("a:   b # c\nd: e  # f\n", "a: b # c\nd: e  # f\n"),
        ("a:   b # c\nd:     # e\n- f # g\n", "a: b # c\nd:   # e\n  - f # g\n"),
        ("a:\n- b  # c\nd:   # e\n", "a:\n  - b  # c\nd:     # e\n"),
        ("a: b # c\nd: e # f\n", "a: b # c\nd: e # f\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_are_set_in_and_spaced_in_one_way(text, expected, newline):
    page = Sheet("a", text.replace("\n", newline))
    neat = splice_fixes(page.text, fix_spacing(page))
    assert neat == expected.replace("\n", newline)
    again = Sheet("a", neat)
    assert splice_fixes(neat, fix_spacing(again)) == neat
