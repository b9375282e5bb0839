import gc
import os
import time
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storyforge.language.load import is_address, load_storyboard, project_root

TOP = "storyforge: 1\ntitle: The Keeper\n"
BOARD = TOP + "cast:\n  mira: {reference: refs/mira.png}\nscenes:\n  lamp-room:\nshots:\n"
SHOT = BOARD + "  - id: door\n    scene: lamp-room\n    action: The door blows open.\n"


@pytest.fixture
def write(tmp_path):
    (tmp_path / ".git").mkdir()

    def write(text, name="keeper.story.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def said(findings):
    """Each finding as `name file:line:column`, the main file unnamed."""
    return [
        f"{found.name} {found.location.file}:{found.location.line}:{found.location.column}".replace(
            "keeper.story.yaml:", ""
        )
        for found in findings
    ]


def mended(source, findings):
    """The main file after every fix, from the last to the first."""
    text = source.text("keeper.story.yaml")
    for fix in sorted((found.fix for found in findings if found.fix), key=lambda fix: -fix.start):
        text = text[: fix.start] + fix.text + text[fix.end :]
    return text


BROKEN = {
    "no version": ("title: T\n", ["missing-field 1:1"]),
    "no title": ("storyforge: 1\n", ["missing-field 1:1"]),
    "a misspelt title is one mistake": ("storyforge: 1\ntitel: T\n", ["unknown-key 2:1"]),
    "another version": ("storyforge: 2\ntitle: T\nscnes: {}\n", ["unsupported-version 1:13"]),
    "an unknown key": (TOP + "colour: red\n", ["unknown-key 3:1"]),
    "a number for text": ("storyforge: 1\ntitle: 1984\n", ["wrong-type 2:8"]),
    "a switch for text": (SHOT + "    sound: true\n", ["wrong-type 11:12"]),
    "a list for text": (SHOT + "    sound: [a]\n", ["wrong-type 11:5"]),
    "text for a number": (SHOT + "    seconds: 4s\n", ["wrong-type 11:14"]),
    "text for a list": (SHOT + "    preserve: the coat\n", ["wrong-type 11:15"]),
    "text for yes or no": (TOP + "music: {file: a.ogg, duck: yes}\n", ["wrong-type 3:28"]),
    "an item that is no shot": (SHOT + "  - door\n", ["wrong-type 11:5"]),
    "a number with a leading zero for an id": (BOARD + "  - {id: 012, scene: a, action: b}\n", ["wrong-type 8:10"]),
    "a number that is no id": (BOARD + "  - {id: 1.5, scene: a, action: b}\n", ["bad-id 8:10"]),
    "a date for an id": (BOARD + "  - {id: 2024-01-02, scene: a, action: b}\n", ["unquoted-text 8:10"]),
    "an id with a space": (SHOT.replace("lamp-room\n    a", "lamp room\n    a"), ["bad-id 9:12"]),
    "an id in quotes with an at sign": (SHOT + '    cast: ["@mira"]\n', ["bad-id 11:12"]),
    "a key that is no id": (TOP + "cast:\n  1984: {}\n", ["bad-id 4:3"]),
    "a wrong choice": (TOP + 'format: {fps: 23, aspect: "16:8"}\n', ["bad-choice 3:15", "bad-choice 3:27"]),
    "a number in quotes": (TOP + 'format: {fps: "24"}\n', ["bad-choice 3:15"]),
    "too short and too low": (SHOT + "    seconds: 0.1\n    seed: -1\n", ["out-of-range 11:14", "out-of-range 12:11"]),
    "no end": (SHOT + "    seconds: .inf\n", ["out-of-range 11:14"]),
    "no number in a request": (SHOT + "    extra: {runware: {a: [1, .nan]}}\n", ["out-of-range 11:30"]),
    "a transition that is none": (SHOT + "    transition: disolve 1\n", ["bad-transition 11:17"]),
    "a transition of no length": (SHOT + "    transition: fade 0\n", ["bad-transition 11:17"]),
    "blank text": (SHOT + '    sound: "  "\n', ["blank-text 11:12"]),
    "a shot without action": (BOARD + "  - id: a\n    scene: b\n", ["missing-field 8:5"]),
    "an empty action": (BOARD + "  - id: a\n    scene: b\n    action:\n", ["missing-field 10:5"]),
    "music without a file": (TOP + "music: {gain: 1}\n", ["missing-field 3:1"]),
    "two lines in one": (SHOT + "    dialogue:\n      - mira: a\n        otto: b\n", ["bad-line 12:9"]),
    "a speaker of two words": (SHOT + "    dialogue:\n      - the man: a\n", ["bad-line 12:9"]),
    "a line that is a number": (SHOT + "    dialogue:\n      - mira: 42\n", ["wrong-type 12:15"]),
    "a line without words": (SHOT + "    dialogue:\n      - mira:\n", ["blank-text 12:9"]),
    "a key twice": (TOP + "title: T\n", ["duplicate-key 3:1"]),
    "a key that is a list": (TOP + "? [a]\n: b\n", ["bad-key 3:3"]),
    "braces without quotes": (SHOT + "    sound: {{wind}}\n", ["wrong-type 11:5", "bad-key 11:13"]),
    "a mention without quotes": (BOARD + "  - {id: a, scene: b, action: @mira}\n", ["unquoted-mention 8:31"]),
    "a speaker with an at sign": (SHOT + "    dialogue:\n      - @mira: a\n", ["unquoted-mention 12:9"]),
    "a colon in prose": (SHOT + "    sound: a voice: come\n", ["unquoted-text 11:12"]),
    "a backtick": (SHOT + "    sound: `wind`\n", ["unquoted-text 11:12"]),
    "a tab": (SHOT + "\tsound: wind\n", ["tab-indentation 11:1"]),
    "a tag": (SHOT + "    sound: !!python/object/apply:os.system [ls]\n", ["wrong-type 11:5", "yaml-tag 11:12"]),
    "an alias of nothing": (SHOT + "    sound: *wind\n", ["bad-alias 11:12"]),
    "an alias inside itself": (TOP + "extra: &a {b: *a}\n", ["wrong-type 3:12", "bad-alias 3:15"]),
    "an open quote": (TOP + 'style: "dark\n', ["yaml-syntax 3:8"]),
    "an open list": (TOP + "preserve: [a\nstyle: b\n", ["yaml-syntax 3:11"]),
    "text after quotes": (TOP + 'style: "dark" and cold\n', ["yaml-syntax 3:15"]),
    "a line with no key": (TOP + "dark\nstyle: a\n", ["yaml-syntax 3:1"]),
    "a line set in for nothing": (TOP + "  style: a\n", ["yaml-syntax 3:8"]),
    "an unknown escape": (TOP + 'style: "\\q"\n', ["yaml-syntax 3:9"]),
    "a list on the line of its key": (TOP + "preserve: - a\n", ["yaml-syntax 3:11"]),
    "a merge undecided": (
        TOP + "<<<<<<< HEAD\nstyle: ink\n=======\nstyle: pastel\n>>>>>>> other\n"
        "<<<<<<<\r\nlanguage: en\r\n=======\r\nlanguage: fr\r\n>>>>>>>\r\n",
        ["merge-conflict 3:1", "merge-conflict 8:1"],
    ),
    "no merge, though it looks so": (TOP + "style: |\n  <<<<<<< HEAD\n  =======\n  >>>>>>> other\n", []),
    "two documents": (TOP + "---\ntitle: T\n", ["several-documents 3:1"]),
    "text after the end": (TOP + "...\ntitle: T\n", ["several-documents 4:1"]),
    "an empty file": ("", ["empty-file 1:1"]),
    "a comment alone": ("# to do\n", ["empty-file 1:1"]),
    "a list": ("- a\n", ["not-a-mapping 1:1"]),
    "prose": ("Once upon a time\n", ["not-a-mapping 1:1"]),
    "Latin-1": ("storyforge: 1\ntitle: caf\xe9\n".encode("latin-1"), ["not-utf8 2:11"]),
    "UTF-16": (TOP.encode("utf-16"), ["not-utf8 1:1"]),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", ["not-utf8 1:1"]),
    "NUL": (TOP + "style: a\0b\n", ["control-character 3:9"]),
    "too large": (TOP + "#" * 4_200_000, ["too-large 1:1"]),
    "too deep": (TOP + "extra: {a: " + "[" * 100 + "]" * 100 + "}\n", ["too-deep 3:74"]),
    "too many values": (TOP + "extra: {a: {b: [" + "1, " * 400_001 + "]}}\n", ["too-many-values 3:1199996"]),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN)
def test_each_mistake_is_one_finding_in_its_place(text, expected, write):
    _, _, findings = load_storyboard(write(text))
    assert said(findings) == expected
    for found in findings:
        assert found.severity == "error"
        assert found.hint
        assert not found.message.endswith(".")
        assert "Input should" not in found.message


def test_all_mistakes_are_found_in_one_run_and_the_mends_are_true(write):
    board, source, findings = load_storyboard(
        write(
            BOARD
            + dedent(
                """\
                #
                  - id: lamp-1
                    scene: lamp-room
                    action: @mira says: it's late
                    camra: slow push-in
                    sound: 12
                    cast: [@mira]
                    dialogue:
                      - @mira: Listen
                      - mira: Listen: the wind
                  - id: lamp-2
                    scene: lamp-room
                    action: "@mira sleeps."
                    First-Frame: refs/door.png
                """
            ).replace("#\n", "")
        )
    )
    assert said(findings) == [
        "unquoted-mention 10:13",
        "unknown-key 11:5",
        "wrong-type 12:12",
        "unquoted-mention 13:12",
        "unquoted-mention 15:9",
        "unquoted-text 16:15",
        "unknown-key 20:5",
    ]
    assert [shot.id for shot in board.shots] == ["lamp-1", "lamp-2"]
    again, _, left = load_storyboard(write(mended(source, findings)))
    assert said(left) == ["unknown-key 11:5"]
    assert again.shots[0].action == board.shots[0].action == "@mira says: it's late"
    assert again.shots[1].first_frame == "refs/door.png"


def test_a_misspelt_kind_of_transition_is_answered_with_the_nearest(write):
    findings = load_storyboard(write(SHOT + "    transition: circlopen 1\n"))[2]
    assert findings[0].hint.startswith("did you mean `circleopen 1`? ")


def test_a_misspelt_key_or_choice_is_answered_with_the_nearest(write):
    findings = load_storyboard(write(SHOT + "    camra: a\n    transition: disolve 1\n    clip: nwe\n"))[2]
    assert [found.hint for found in findings] == [
        "did you mean `camera`?",
        "did you mean `dissolve 1`? write `cut`, `dissolve S`, `fade S` or `wipe S`, with its seconds as S",
        "did you mean `new`? it is `auto` or `new`",
    ]


def test_what_is_left_without_refused_parts_goes_on(write):
    board, source, findings = load_storyboard(
        write(
            SHOT
            + "  - {id: 1.5, scene: lamp-room, action: a}\n"
            + "  - {id: last, scene: lamp-room, action: a, continues: door, seconds: 0, cast: [mira, 3]}\n"
        )
    )
    assert [shot.id for shot in board.shots] == ["door", "last"]
    assert board.shots[1].seconds is None
    assert board.shots[1].cast == ("mira",)
    assert source.locate(("shots", 1, "id")).line == 12
    assert said(findings) == ["bad-id 11:10", "out-of-range 12:71", "bad-id 12:87"]


def test_a_character_that_is_refused_stays_for_others_to_mention(write):
    board, _, findings = load_storyboard(write(TOP + "cast:\n  mira: 5\n  otto: {age: 3}\n"))
    assert said(findings) == ["wrong-type 4:9", "unknown-key 5:10"]
    assert list(board.cast) == ["mira", "otto"]


@pytest.mark.parametrize(
    "text", [TOP + "cast: [mira]\n", TOP + "shots: {a: b}\n", TOP + 'style: "\n', "storyforge: 3\n"]
)
def test_there_is_no_storyboard_where_it_would_only_mislead(text, write):
    assert load_storyboard(write(text))[0] is None


def test_words_that_are_switches_or_times_elsewhere_are_text(write):
    board, _, findings = load_storyboard(
        write(SHOT + "    sound: no\n    music: on\n    notes: 1:30\n    camera: 2024-05-01\n")
    )
    shot = board.shots[0]
    assert (findings, shot.sound, shot.music, shot.notes, shot.camera) == ([], "no", "on", "1:30", "2024-05-01")


@pytest.mark.parametrize("text", ["\ufeff" + SHOT, SHOT.replace("\n", "\r\n"), SHOT.replace("\n", "\r")])
def test_a_byte_order_mark_and_any_line_end_are_fine(text, write):
    board, source, findings = load_storyboard(write(text))
    assert (findings, board.shots[0].id) == ([], "door")
    location = source.locate(("shots", 0, "action"))
    assert (location.line, location.column, location.length) == (10, 13, 20)
    assert source.locate(("storyforge",), key=True).column == 1
    assert source.line("keeper.story.yaml", 10) == "    action: The door blows open."


def test_line_separators_of_other_scripts_are_text(write):
    board, _, findings = load_storyboard(write(TOP + "style: a\x85b: c\u2028d\n"))
    assert said(findings) == ["unquoted-text 3:8"]
    assert board.style == "a\x85b: c\u2028d"


def test_anchors_and_aliases_are_followed(write):
    board, source, findings = load_storyboard(
        write(TOP + "cast:\n  mira: &mira {marks: [&whistle a brass whistle]}\n  otto: *mira\nstyle: *whistle\n")
    )
    assert findings == []
    assert board.cast["otto"].marks == ("a brass whistle",)
    assert board.style == "a brass whistle"
    assert source.locate(("style",), (2, 7)).line == 4
    assert source.raw(("cast", "mira", "marks", 0)) == "a brass whistle"


def test_an_alias_bomb_is_one_finding(write):
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert [found.name for found in load_storyboard(write(TOP + bomb))[2]] == ["too-many-values"]


def test_without_the_c_parser_the_same_is_found(write, monkeypatch):
    path = write(BOARD + "  - {id: a, scene: b, action: @mira, sound: 3}\nstyle: a: b\n")
    expected = said(load_storyboard(path)[2])
    monkeypatch.setattr("ruamel.yaml.main.CParser", None)
    assert (
        said(load_storyboard(path)[2]) == expected == ["unquoted-mention 8:31", "wrong-type 8:45", "unquoted-text 9:8"]
    )


def test_what_is_no_file_is_said_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.story.yaml")
    (tmp_path / "folder.story.yaml").mkdir()
    (tmp_path / "loop.story.yaml").symlink_to("loop.story.yaml")
    for name, expected in (
        ("none.story.yaml", "missing-file"),
        ("none/none.story.yaml", "missing-file"),
        ("a\0b", "missing-file"),
        ("x" * 300, "missing-file"),
        ("loop.story.yaml", "missing-file"),
        ("folder.story.yaml", "unreadable-file"),
        ("pipe.story.yaml", "unreadable-file"),
    ):
        board, source, findings = load_storyboard(tmp_path / name)
        assert board is None
        assert [found.name for found in findings] == [expected]
        assert source.line(findings[0].location.file, 1) == ""
        assert source.locate(("shots", 0)).line == 1


def test_a_file_that_may_not_be_read_is_said(write, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr("storyforge.system.inputs.os.open", refuse)
    assert said(load_storyboard(write(TOP))[2]) == ["unreadable-file 1:1"]


class TestUse:
    BIBLE = TOP + "style: dark\npreserve: [the storm]\n"

    def test_what_stands_in_the_storyboard_wins_whole_and_later_files_win(self, write):
        write(
            self.BIBLE + "cast:\n  mira: {name: one, voice: low}\n  otto: {name: two}\n  ada: {name: three}\n",
            "a.story.yaml",
        )
        write(TOP + "style: bright\ncast:\n  otto: {voice: high}\nscenes:\n  sea:\nshots: []\n", "b.story.yaml")
        path = write(
            TOP.replace("Keeper", "Storm")
            + "use: [a.story.yaml, b.story.yaml]\npreserve:\n"
            + "cast:\n  mira: {name: four}\n  otto:\n  ada: {name: five}\n"
        )
        board, source, findings = load_storyboard(path)
        assert (board.title, board.style, board.preserve, board.shots) == ("The Storm", "bright", ("the storm",), None)
        assert {who: (made.name, made.voice) for who, made in board.cast.items()} == {
            "mira": ("four", None),
            "otto": (None, "high"),
            "ada": ("five", None),
        }
        assert "sea" in board.scenes
        assert [source.locate(("cast", who)).file for who in ("mira", "otto")] == ["keeper.story.yaml", "b.story.yaml"]
        assert source.locate(("style",)).file == "b.story.yaml"
        assert [source.order(file) for file in ("keeper.story.yaml", "a.story.yaml", "b.story.yaml", "?")] == [
            0,
            1,
            2,
            3,
        ]
        assert findings == []

    def test_a_difference_that_the_storyboard_does_not_settle_is_an_error(self, write):
        write(TOP + "cast:\n  mira: {name: one}\n  otto: {name: same}\n", "a.story.yaml")
        write(TOP + "cast:\n  mira: {name: two}\n  otto: {name: same}\n", "b.story.yaml")
        board, _, findings = load_storyboard(write(TOP + "use: [a.story.yaml, b.story.yaml]\n"))
        assert board.cast["mira"].name == "two"
        assert said(findings) == ["use-clash 3:21"]
        assert findings[0].severity == "error"
        assert "`a.story.yaml` and another in `b.story.yaml`" in findings[0].message

    def test_paths_in_a_used_file_are_written_from_the_storyboards_folder(self, write):
        cast = "cast:\n  mira:\n    reference: refs/../pics/mira.png\n    looks: {storm: {reference: ' storm.png '}}\n"
        scenes = "scenes:\n  sea: {reference: 'https://example.org/sea.png'}\n  bay: {reference: 'asset:12'}\n"
        write(TOP + cast + scenes + "music: {file: ../theme.ogg}\n", "bible/world/bible.story.yaml")
        write(TOP + "use: [world/bible.story.yaml]\n", "bible/all.story.yaml")
        path = write(TOP + "use: [../bible/all.story.yaml]\n", "one/keeper.story.yaml")
        board, source, findings = load_storyboard(path)
        assert findings == []
        assert board.cast["mira"].reference == "../bible/world/pics/mira.png"
        assert board.cast["mira"].looks["storm"].reference == "../bible/world/storm.png"
        assert board.scenes["sea"].reference == "https://example.org/sea.png"
        assert board.scenes["bay"].reference == "asset:12"
        assert board.music.file == "../bible/theme.ogg"
        location = source.locate(("cast", "mira", "reference"))
        assert (location.file, location.line, location.column) == ("../bible/world/bible.story.yaml", 5, 16)
        assert source.path(location.file).resolve().exists()

    def test_a_mistake_in_a_used_file_is_located_there(self, write):
        write(TOP + "cast:\n  mira: {age: 60}\nfoo: 1\n", "bible.story.yaml")
        board, source, findings = load_storyboard(write(TOP + "use: [bible.story.yaml]\n"))
        assert said(findings) == ["unknown-key bible.story.yaml:4:10", "unknown-key bible.story.yaml:5:1"]
        assert source.line("bible.story.yaml", 4) == "  mira: {age: 60}"
        assert "mira" in board.cast

    def test_files_that_use_each_other_are_named_in_their_circle(self, write):
        write(TOP + "use: [keeper.story.yaml]\n", "b.story.yaml")
        write(TOP + "use: [b.story.yaml]\n", "a.story.yaml")
        board, _, findings = load_storyboard(write(TOP + "use: [a.story.yaml]\n"))
        assert board is None
        assert said(findings) == ["use-cycle b.story.yaml:3:7"]
        assert "`keeper.story.yaml` → `a.story.yaml` → `b.story.yaml` → `keeper.story.yaml`" in findings[0].message

    def test_one_file_used_twice_is_read_once_and_no_clash(self, write):
        write(TOP + "cast:\n  mira: {reference: mira.png, age: 3}\n", "deep/base.story.yaml")
        write(TOP + "use: [deep/base.story.yaml]\n", "a.story.yaml")
        write(TOP + "use: [deep/base.story.yaml]\n", "b.story.yaml")
        board, _, findings = load_storyboard(write(TOP + "use: [a.story.yaml, b.story.yaml]\n"))
        assert board.cast["mira"].reference == "deep/mira.png"
        assert said(findings) == ["unknown-key deep/base.story.yaml:4:31"]

    def test_nothing_outside_the_project_is_read(self, write, tmp_path):
        (tmp_path / "film" / ".storyforge").mkdir(parents=True)
        write(self.BIBLE, "secret.story.yaml")
        (tmp_path / "film" / "link.story.yaml").symlink_to(tmp_path / "secret.story.yaml")
        (tmp_path / "film" / "away").symlink_to(tmp_path)
        used = [
            "../secret.story.yaml",
            "link.story.yaml",
            "away/secret.story.yaml",
            str(tmp_path / "film"),
            "C:\\a.story.yaml",
        ]
        path = write(TOP + "use:\n" + "".join(f"  - {name}\n" for name in used), "film/keeper.story.yaml")
        board, source, findings = load_storyboard(path)
        assert board is None
        assert said(findings) == [f"path-outside-project {line}:5" for line in range(4, 9)]
        assert findings[0].hint.endswith("`film`, or move its `.storyforge` up to the folder that holds both")
        assert list(source.pages) == ["keeper.story.yaml"]

    def test_what_cannot_be_used_is_said_where_it_is_named(self, write, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        write("", "empty.story.yaml")
        write(TOP.replace("1", "2"), "new.story.yaml")
        path = write(TOP + 'use: [none.yaml, ., pipe, "a\\0b", empty.story.yaml, new.story.yaml]\nstlye: a\n')
        board, _, findings = load_storyboard(path)
        assert board is None
        assert said(findings) == [
            "missing-file 3:7",
            "unreadable-file 3:18",
            "unreadable-file 3:21",
            "missing-file 3:27",
            "unknown-key 4:1",
            "empty-file empty.story.yaml:1:1",
            "unsupported-version new.story.yaml:1:13",
        ]

    def test_a_chain_of_files_has_an_end(self, write):
        for number in range(40):
            write(TOP + f"use: [{number + 1}.story.yaml]\n", f"{number}.story.yaml")
        assert [found.name for found in load_storyboard(write(TOP + "use: [0.story.yaml]\n"))[2]] == ["too-deep"]


def test_texts_may_be_read_in_the_place_of_files(tmp_path):
    path, bible, link = (tmp_path / f"{name}.story.yaml" for name in ("film", "bible", "link"))
    path.write_text("storyforge: 1\ntitle: A\nuse: [link.story.yaml]\n")
    bible.write_text("storyforge: 1\ntitle: B\nstyle: dry\n")
    link.symlink_to(bible)
    board, source, found = load_storyboard(path, {os.path.realpath(link): "storyforge: 1\ntitle: B\nstyle: wet\n"})
    assert (board.title, board.style, source.raw(("style",)), found) == ("A", "wet", "wet", [])
    assert load_storyboard(path, {str(tmp_path / "other"): ""})[0].style == "dry"


def test_the_project_is_the_nearest_marked_folder_above(tmp_path):
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    story = deep / "keeper.story.yaml"
    (tmp_path / "storyforge.toml").touch()
    assert project_root(story) == tmp_path
    (tmp_path / "a" / ".storyforge").mkdir()
    assert project_root(story) == tmp_path / "a"
    (deep / ".git").touch()
    assert project_root(story) == deep


def test_addresses_are_told_from_paths():
    assert all(map(is_address, ("https://a.org/b.png", "asset:12", "uuid:0a-1b", "HTTP://a")))
    assert not any(map(is_address, ("refs/a.png", "../a.png", "C:\\a.png", "a b: c.png")))


@given(st.text(alphabet=st.sampled_from("ab :@-#'\"\\\n\t[]{},|>&*!%`?~0.é😀\x85\r\x00"), max_size=60))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_is_a_crash_and_every_place_is_in_the_file(tmp_path, text):
    path = tmp_path / "any.story.yaml"
    for whole in (text, TOP + text, SHOT + "    sound: " + text):
        path.write_bytes(whole.encode())
        board, source, findings = load_storyboard(path)
        assert board is not None or findings
        for found in findings:
            place = found.location
            assert place.line <= len(source.pages["any.story.yaml"].starts)
            assert 1 <= place.column <= len(source.line("any.story.yaml", place.line)) + 1
            if found.fix:
                assert 0 <= found.fix.start <= found.fix.end <= len(whole)


@pytest.mark.slow
def test_a_thousand_shots_load_in_a_quarter_of_a_second(write):
    shot = '  - id: s-{}\n    scene: lamp-room\n    action: "@mira waits."\n    seconds: 4\n    framing: wide shot\n'
    shot += "    dialogue:\n      - mira (low): You are late.\n"
    path = write(BOARD + "".join(shot.format(number) for number in range(1000)))
    gc.collect()

    def once():
        start = time.perf_counter()
        assert load_storyboard(path)[2] == []
        return time.perf_counter() - start

    assert min(once() for _ in range(5)) < 0.25


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("- a: @mira\n" * 100_000, "unquoted-mention"),
        ("a:\n" + "\tb: 1\n" * 500_000, "tab-indentation"),
        (TOP + "shots:\n" + "- {id: 1, b: 2}\n" * 60_000, "missing-field"),
        (TOP + "shots: [" + "a," * 300_000 + "]\n", "wrong-type"),
    ],
)
def test_a_file_of_nothing_but_mistakes_is_answered_within_seconds(text, name, write):
    start = time.perf_counter()
    findings = load_storyboard(write(text))[2]
    assert 2_000 <= len(findings) <= 2_001
    assert name in {found.name for found in findings[:3]}
    assert time.perf_counter() - start < 15
