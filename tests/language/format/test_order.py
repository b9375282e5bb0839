import pytest

from storyforge.language.format.document import Sheet
from storyforge.language.format.order import order_keys
from storyforge.language.text_edits import splice_fixes


def in_order(text):
    page = Sheet("a", text)
    for depth in range(5):
        page = Sheet("a", splice_fixes(page.text, order_keys(page, depth)))
    return page.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # lines move with the comments right above them, and a comment after them
        ("shots: []\n# t\ntitle: x # u\n", "# t\ntitle: x # u\nshots: []\n"),
        ("style: y\n\n# banner\n\ntitle: x\n", "# banner\n\ntitle: x\nstyle: y\n"),
        ("style: y\n# about y\n\ntitle: x\n", "title: x\nstyle: y\n# about y\n"),
        ("format:\n  fps: 25\n    # deep\n  aspect: a\n", "format:\n  aspect: a\n  fps: 25\n    # deep\n"),
        ("# the file\ntitle: x\nstoryforge: 1\n# the end\n", "# the file\nstoryforge: 1\n# the end\ntitle: x\n"),
        ("title: x\nstoryforge: 1\n\n# the end\n", "storyforge: 1\ntitle: x\n\n# the end\n"),
        # in characters, looks, scenes, shots, format and music
        ("cast:\n  a:\n    looks:\n      b:\n        voice: v\n        name: n\n    # m\n    name: n\n", "cast:\n  a:\n    # m\n    name: n\n    looks:\n      b:\n        name: n\n        voice: v\n"),
        ("cast:\n  a: # h\n    # v\n    voice: v\n    name: n\n    # end\n# b\n  b: {}\n", "cast:\n  a: # h\n    name: n\n    # end\n    # v\n    voice: v\n# b\n  b: {}\n"),
        ("scenes: {b: {sound: s, name: n}}\n", "scenes: {b: {name: n, sound: s}}\n"),
        ("scenes: {b: {sound: , name}}\n", "scenes: {b: {name , sound: }}\n"),
        ("music: {duck: true,\n  file: f}\n", "music: {file: f,\n  duck: true}\n"),
        ("shots:\n  -   scene: s\n\n      # i\n      id: a # c\n      action: x\n", "shots:\n  # i\n  -   id: a # c\n      scene: s\n      action: x\n"),
        ("shots:\n- &a\n  scene: s\n  id: a\n", "shots:\n- &a\n  id: a\n  scene: s\n"),
        ("shots:\r\n- scene: s\r\n  notes: |+\r\n   n\r\n\r\n  action: x\r\n", "shots:\r\n- scene: s\r\n  action: x\r\n  notes: |+\r\n   n\r\n\r\n"),
        ("shots:\n- notes: x\n  ? scene\n  : s\n", "shots:\n- ? scene\n  : s\n  notes: x\n"),
        # an anchor stays before what refers to it
        ("style: &a x\ntitle: *a\n", "style: &a x\ntitle: *a\n"),
        ("style: x\ntitle: &a x\nshots: [{notes: *a}]\n", "title: &a x\nstyle: x\nshots: [{notes: *a}]\n"),
        ("style: &a x\ncast: {m: {voice: *a, name: n}}\n", "style: &a x\ncast: {m: {name: n, voice: *a}}\n"),
        # what is not known, or what nobody could give a place, stays
        ("stile: y\ntitle: x\n", "stile: y\ntitle: x\n"),
        ("music: {duck: true, # c\n  file: f}\n", "music: {duck: true, # c\n  file: f}\n"),
        ("extra: {b: {z: 1, a: 2}}\n", "extra: {b: {z: 1, a: 2}}\n"),
        ("cast: {b: {}, a: {}}\n", "cast: {b: {}, a: {}}\n"),
        ("shots:\n- - id: b\n- scene: b\n", "shots:\n- - id: b\n- scene: b\n"),
    ],
)  # fmt: skip
def test_keys_come_in_the_order_of_the_language(text, expected):
    assert in_order(text) == expected
