import re
from random import Random

import pytest
from documents import seeds, shuffled, storyboard, typed
from hypothesis import given, settings

from storyforge.compiler.compile import compile_file
from storyforge.language.load import load_storyboard
from storyforge.language.rename import Refused, Renamed, rename_in_project
from storyforge.model.errors import UsageError
from storyforge.model.storyboard import Storyboard
from storyforge.system.files import write_texts

HEAD = "storyforge: 1\ntitle: Rain\n"
BIBLE = HEAD + "cast:\n  mira: {name: the keeper, looks: {storm: {}}}\nscenes:\n  pier: {name: the pier}\n"
FILM = HEAD + "use: [bible.story.yaml]\nshots:\n  - {id: a, scene: pier, action: '@mira waits.'}\n"


@pytest.fixture
def project(tmp_path):
    """A folder of storyboards; what `rename` would write into them."""
    (tmp_path / "storyforge.toml").touch()

    def write(**texts):
        for name, text in texts.items():
            path = tmp_path.joinpath(*name.split("__")).with_suffix(".story.yaml")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")

    def run(name, old, new, kind=None):
        change = rename_in_project(tmp_path / f"{name}.story.yaml", old, new, kind)
        assert isinstance(change, Renamed), change.found
        return {
            str(path.relative_to(tmp_path)).removesuffix(".story.yaml"): text
            for path, (_, text) in change.texts.items()
        }

    run.write, run.folder = write, tmp_path
    return run


def alone(project, text, old, new, kind=None):
    project.write(film=text)
    return project("film", old, new, kind)["film"]


BOARD = """\
storyforge: 1
title: mira and @mira   # @mira
preserve: ["the light on @mira", '@@mira']
cast:
  mira: # mira
    name: mira
    description: '@mira as text'
    preserve: [@mark]
    looks: {storm: {preserve: ['@mira.storm, @mira']}, mira: {}}
  mirana: {}
scenes:
  mira: {sound: "@mira hums", preserve: ["@mira"]}
shots:
  - id: mira
    scene: mira
    framing: close on @mira's hand
    camera: towards @mira
    action: >-
      mira: @mirana, @mira.storm and
      @mira.
    cast: [mirana, 'mira', "mira.storm", mira.mira]
    dialogue:
      - mira: '@mira!'
      - mira.storm (V.O., to @mira): mira
      - "mira (softly)": No.
    sound: "@mi\\
      ra"
    music: "@mira's tune"
    notes: "@mira"
  - {id: mira-2, scene: mira, action: '@mira', continues: mira}
""".replace("[@mark]", "['@mira']")


def test_a_character_is_renamed_where_it_is_meant_and_nowhere_else(project):
    after = BOARD
    for before, now in (
        ("light on @mira", "light on @nora"),
        ("  mira: # mira", "  nora: # mira"),
        ("['@mira']", "['@nora']"),
        ("'@mira.storm, @mira'", "'@nora.storm, @nora'"),
        ('"@mira hums", preserve: ["@mira"]', '"@nora hums", preserve: ["@nora"]'),
        ("@mira's hand", "@nora's hand"),
        ("towards @mira", "towards @nora"),
        ("@mira.storm and\n      @mira.", "@nora.storm and\n      @nora."),
        ("'mira', \"mira.storm\", mira.mira]", "'nora', \"nora.storm\", nora.mira]"),
        ("- mira: '@mira!'", "- nora: '@mira!'"),
        ("- mira.storm (V.O., to @mira)", "- nora.storm (V.O., to @nora)"),
        ('- "mira (softly)"', '- "nora (softly)"'),
        ('"@mi\\\n      ra"', '"@nora"'),
        ("@mira's tune", "@nora's tune"),
        ("action: '@mira', continues", "action: '@nora', continues"),
    ):
        assert after.count(before) == 1, before
        after = after.replace(before, now)
    assert alone(project, BOARD, "mira", "nora", "cast") == after


def test_a_look_a_scene_and_a_shot_are_renamed_each_in_its_own_places(project):
    assert alone(project, BOARD, "mira.storm", "mira.oilskin") == BOARD.replace("{storm:", "{oilskin:").replace(
        "mira.storm", "mira.oilskin"
    )
    expected = BOARD.replace("scene: mira", "scene: quay").replace("  mira: {sound", "  quay: {name: mira, sound")
    assert alone(project, BOARD, "mira", "quay", "scene") == expected
    expected = BOARD.replace("id: mira\n", "id: one\n").replace("continues: mira", "continues: one")
    assert alone(project, BOARD, "mira", "one", "shot") == expected
    assert alone(project, BOARD, "mira-2", "two") == BOARD.replace("mira-2", "two")


def test_who_is_spoken_of_by_its_id_is_given_that_as_its_name(project):
    text = FILM.replace("use: [bible.story.yaml]", "cast: {old_mira}\nscenes: {the-pier: {}}").replace(
        "pier,", "the-pier,"
    )
    text = text.replace("@mira", "@old_mira")
    project.write(film=text)
    prompt = compile_file(project.folder / "film.story.yaml").planned[0].prompt
    text = alone(project, text, "old_mira", "nora")
    assert "cast: {nora: {name: old mira}}" in text
    text = alone(project, text, "the-pier", "quay")
    assert "scenes: {quay: {name: the pier}}" in text
    project.write(film=text)
    assert compile_file(project.folder / "film.story.yaml").planned[0].prompt == prompt
    assert "{name: the pier}" in alone(project, text, "quay", "the_quay")
    assert "scenes: {the_pier: {}}" in alone(
        project,
        FILM.replace("use: [bible.story.yaml]", "scenes: {the-pier: {}}").replace(
            "pier, action: '@mira", "the-pier, action: 'It"
        ),
        "the-pier",
        "the_pier",
    )


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("米拉", "mira", "'@米拉看着@米拉。'", "'@mira看着@mira。'"),
        ("mira", "米拉", "'@mira看着 @mira'", "'@米拉看着 @米拉'"),
        ("zo\u00eb", "zoe", "'@zoe\u0308 and @zo\u00eb'", "'@zoe and @zoe'"),
        ("zoe\u0308", "zoe", '"@zo\\u00eb, @zo\\xEB"', '"@zoe, @zoe"'),
        ("mira", "zo\u00eb", "'@mira--she'", "'@zo\u00eb--she'"),
        ("mira", "null", "'@mira'", "'@null'"),
        ("mira", "true", "|\n    @mira", "|\n    @true"),
        ("mira", "nora--", "'@mira.'", "'@{nora--}.'"),  # the dashes would belong to the sentence
        ("mira", "nora", "'@{mira}n'", "'@{nora}n'"),
    ],
)
def test_ids_of_all_scripts_are_read_as_in_a_prompt(project, old, new, before, after):
    text = (
        HEAD
        + f"cast: {{{old}: {{name: x}}}}\nscenes: {{s: {{}}}}\nshots:\n- id: a\n  scene: s\n  cast: [{old}]\n  action: "
    )
    written = f'"{new}"' if new in ("null", "true") else new
    expected = text.replace(f"{{{old}:", f"{{{written}:").replace(f"[{old}]", f"[{written}]") + after + "\n"
    assert alone(project, text + before + "\n", old, new) == expected


def test_reserved_words_stay_text_as_they_are_written(project):
    text = (
        HEAD
        + "scenes: {s: {name: x}}\nshots:\n- {id: a, scene: s, action: x}\n- id: b\n  scene: >-\n    s\n  action: x\n"
    )
    assert alone(project, text, "s", "null") == text.replace("{s:", '{"null":').replace(" s,", ' "null",').replace(
        "    s\n", "    null\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "kind", "message", "hint"),
    [
        ("quay", "ada", None, "no character, scene or shot is called `quay`", "write its id"),
        ("miro", "ada", None, "no character, scene or shot is called `miro`", "did you mean `mira`?"),
        ("mira-2", "ada", "cast", "no character is called `mira-2`", "did you mean `mira`?"),
        ("mira.strom", "mira.a", None, "no look is called `mira.strom`", "did you mean `mira.storm`?"),
        ("mira.storm", "mira.a", "shot", "no look is called `mira.storm`", "did you mean"),
        ("mira", "ada", None, "`mira` is a character and a scene and a shot", "--kind cast, --kind scene, --kind shot"),
        ("mira", "2nd", "cast", "`2nd` is not an id", "begins with a letter"),
        ("mira", "a b", "shot", "`a b` is not an id", "letters, digits"),
        ("mira", "1b", "cast", "`1b` is not an id", "begins with a letter"),
        ("mira", "nora.storm", "cast", "`nora.storm` is not an id", "begins with a letter"),
        ("mira", "mira", "cast", "`mira` is called so already", None),
        ("mira", "mirana", "cast", "`film.story.yaml` has a character `mirana` already", "another name"),
        ("mira", "mira-2", "shot", "`film.story.yaml` has a shot `mira-2` already", "another name"),
        ("mira.storm", "mira.mira", None, "`film.story.yaml` has a look `mira` already", "another name"),
        ("mira.storm", "mirana.a", None, "`mirana.a` is not a look of `mira`", "`mira.…`"),
        ("mira.storm", "oilskin", None, "`oilskin` is not a look of `mira`", "`mira.…`"),
        ("mira", "x" * 2000, "cast", "would be wrong", "another name"),
    ],
)  # fmt: skip
def test_a_name_that_will_not_do_is_refused(project, old, new, kind, message, hint):
    project.write(film=BOARD)
    with pytest.raises(UsageError, match=re.escape(message)) as caught:
        project("film", old, new, kind)
    assert (caught.value.hint is None) if hint is None else hint in caught.value.hint


@pytest.mark.parametrize(
    ("action", "cast", "old", "new"),
    [
        ("@mira and @nora", "{mira: {name: x}}", "mira", "nora"),  # the second is nobody yet
        ("x", "{mira: &m {looks: {a: {}}, name: x}, b: *m}", "mira.a", "mira.c"),  # it is the other's look too
        ("x", "{mira: &m {voice: low}, b: *m}", "mira", "nora"),  # the name would be the other's too
    ],
)
def test_a_name_that_would_change_what_is_said_is_refused_with_its_line(project, action, cast, old, new):
    project.write(film=HEAD + f"scenes: {{s: {{}}}}\ncast: {cast}\nshots:\n- id: a\n  scene: s\n  action: '{action}'\n")
    line = 4 if action == "x" else 8
    with pytest.raises(UsageError, match=f"`film.story.yaml` would not say the same in line {line}"):
        project("film", old, new)


@pytest.mark.parametrize(
    ("action", "cast", "old", "new", "after"),
    [
        ("@mira拉着", "{mira: {name: x}, 米拉: {name: y}}", "mira", "米", "@{米}拉着"),
        ("@米n waits", "{米: {name: x}}", "米", "mira", "@{mira}n waits"),
        ("@mira waits", "{mira: {name: x}}", "mira", "nora--", "@{nora--} waits"),
        ("@{mira}n waits", "{mira: {name: x}}", "mira", "nora", "@{nora}n waits"),
        ("@{mira.wet}ä waits", "{mira: {name: x, looks: {wet: {}}}}", "mira.wet", "mira.dry", "@{mira.dry}ä waits"),
        ("@{mira.wet}ä waits", "{mira: {name: x, looks: {wet: {}}}}", "mira", "nora", "@{nora.wet}ä waits"),
    ],
)
def test_a_mention_keeps_its_braces_and_gets_them_where_its_name_would_run_into_letters(
    project, action, cast, old, new, after
):
    text = HEAD + f"scenes: {{s: {{}}}}\ncast: {cast}\nshots:\n- id: a\n  scene: s\n  action: '{action}'\n"
    assert f"action: '{after}'" in alone(project, text, old, new)


def test_shots_and_scenes_get_ids_that_begin_with_a_digit(project):
    text = (
        HEAD
        + "scenes: {s: {name: x}}\nshots:\n- {id: 1, scene: s, action: a}\n- {id: b, scene: s, action: a, continues: 1}\n"
    )
    after = alone(project, text, "1", "14B")
    assert after == text.replace("id: 1", "id: 14B").replace("continues: 1", "continues: 14B")
    assert 'scene: "2"' in alone(project, text, "s", "2")


def test_what_a_storyboard_uses_is_renamed_there_and_in_all_that_use_it(project):
    own = (
        HEAD
        + "use: [bible.story.yaml]\ncast: {mira: {name: another}}\nshots: [{id: a, scene: pier, action: '@mira'}]\n"
    )
    project.write(
        bible=BIBLE,
        film=FILM,
        two=FILM.replace("@mira", "@mira.storm"),
        own=own,
        inner__far=FILM.replace("[b", "[../b"),
    )
    expected = {
        "bible": BIBLE.replace("mira", "nora"),
        "film": FILM.replace("mira", "nora"),
        "two": FILM.replace("@mira", "@nora.storm"),
        "inner/far": FILM.replace("[b", "[../b").replace("mira", "nora"),
    }
    assert project("film", "mira", "nora") == project("bible", "mira", "nora") == expected
    assert project("own", "mira", "nora") == {"own": own.replace("mira", "nora")}
    assert set(project("own", "pier", "quay")) == {"bible", "film", "two", "own", "inner/far"}
    assert set(project("film", "a", "b")) == {"film"}
    assert set(project("two", "mira.storm", "mira.wet")) == {"bible", "two"}


def test_a_name_in_use_anywhere_is_in_use(project):
    taken = FILM.replace("shots", "cast: {nora: {}}\nshots").replace("@mira", "@nora and @mira")
    project.write(bible=BIBLE, film=FILM, two=taken)
    with pytest.raises(UsageError, match=r"`two.story.yaml` has a character `nora` already"):
        project("film", "mira", "nora")


def test_what_one_file_says_of_two_people_is_refused(project):
    """The bible's own clause is about its own character; in the second film it is about that film's."""
    bible = BIBLE + "preserve: ['the hair of @mira']\n"
    own = (
        HEAD
        + "use: [bible.story.yaml]\ncast: {mira: {name: another}}\nshots: [{id: a, scene: pier, action: '@mira'}]\n"
    )
    project.write(bible=bible, film=FILM, own=own)
    with pytest.raises(UsageError, match=r"`bible.story.yaml` would not say the same in line 7"):
        project("film", "mira", "nora")


def test_a_file_that_speaks_of_whom_its_users_know_is_renamed_with_them(project):
    style = HEAD + "preserve: ['the hair of @mira']\n"
    film = FILM.replace("[bible", "[style.story.yaml, bible")
    project.write(bible=BIBLE, style=style, film=film)
    assert project("film", "mira", "nora")["style"] == style.replace("mira", "nora")


def test_a_used_file_of_any_name_is_renamed_too(project):
    (project.folder / "bible.yaml").write_text(BIBLE)
    project.write(film=FILM.replace("bible.story", "bible"))
    assert set(project("film", "mira", "nora")) == {"film", "bible.yaml"}


def test_another_project_below_is_left_alone_unless_the_thing_is_there(project):
    project.write(
        bible=BIBLE, film=FILM, inner__bible=BIBLE, inner__film=FILM, inner__own=FILM.replace("use:", "extra: {}\nuse:")
    )
    (project.folder / "inner" / "storyforge.toml").touch()
    assert set(project("film", "mira", "nora")) == {"bible", "film"}
    project.write(film=FILM.replace("[b", "[inner/b"))
    assert set(project("film", "mira", "nora")) == {"inner/bible", "film", "inner/film", "inner/own"}
    hidden = project.folder / ".old" / "film.story.yaml"
    hidden.parent.mkdir()
    hidden.write_text("[")
    assert len(project("film", "mira", "nora")) == 4


@pytest.mark.parametrize(
    ("broken", "stops"),
    [
        ("[mira", True),  # no YAML: what it uses is unknown
        ("[", False),  # it says nothing of either name
        ("[nora", True),
        (FILM.replace("action", "actoin"), True),  # it uses the bible, and is not understood
        (FILM.replace("use:", "uses:"), True),  # it seems not to use the bible
        (FILM.replace("use: [bible.story.yaml]", "stile: x").replace("mira", "otto"), False),
        (FILM.replace("[bible", "[missing.story.yaml, bible"), True),
        (FILM.replace("scene: pier", "scene: nowhere"), False),  # wrong, but no matter what
        ("", False),
    ],
)
def test_errors_stand_in_the_way_where_they_hide_what_is_meant(project, broken, stops):
    project.write(bible=BIBLE, film=FILM, other=broken)
    found = rename_in_project(project.folder / "film.story.yaml", "mira", "nora")
    if stops:
        assert isinstance(found, Refused)
        assert found.path.name == "other.story.yaml"
        assert found.found[0].severity == "error"
    else:
        assert isinstance(found, Renamed)
    assert rename_in_project(project.folder / "film.story.yaml", "a", "b").places
    project.write(film="[")
    found = rename_in_project(project.folder / "film.story.yaml", "mira", "nora")
    assert (type(found), found.found[0].name) == (Refused, "yaml-syntax")


def renamed(board, kind, old, new):
    """What a document of ours says, one of its names changed; here words are parted by spaces."""

    def who(name):
        head, dot, rest = re.fullmatch(r"([^. ]+)(\.?)(.*)", name).groups()
        return f"{new}{dot}{rest}" if (kind, head) == ("cast", old) else name

    def said(text):
        return " ".join(f"@{who(word[1:])}" if word[0] == "@" else word for word in text.split())

    def spoken(value):
        if isinstance(value, dict):
            return {key: spoken(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [spoken(inner) for inner in value]
        return said(value) if isinstance(value, str) and "@" in value else value

    board = spoken(board)
    board["cast"] = {who(name): one for name, one in board["cast"].items()}
    board["scenes"] = {new if (kind, name) == ("scene", old) else name: one for name, one in board["scenes"].items()}
    for shot in board["shots"]:
        shot["cast"] = [who(name) for name in shot.get("cast") or ()]
        shot["dialogue"] = [
            {re.sub(r"^\S+", lambda found: who(found[0]), name): text for name, text in line.items()}
            for line in shot.get("dialogue", ())
        ]
        for field in ("scene",) if kind == "scene" else ("id", "continues") if kind == "shot" else ():
            if shot.get(field) == old:
                shot[field] = new
    return board


def alike(one, other):
    """How many characters are the same from the beginning on."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


@settings(max_examples=80, deadline=None)
@given(seeds)
def test_in_any_document_only_the_name_changes(tmp_path_factory, seed):
    chance = Random(seed)
    folder = tmp_path_factory.mktemp("any")
    board = shuffled(chance, storyboard(chance))
    used = chance.random() < 0.4
    film = {key: value for key, value in board.items() if not used or key != "cast"} | (
        {"use": ["b.yaml"]} if used else {}
    )
    bible = {"storyforge": 1, "title": "x", "cast": board["cast"]}
    path = folder / "film.story.yaml"
    path.write_text(typed(chance, film), encoding="utf-8", newline="")
    (folder / "b.yaml").write_text(typed(chance, bible), encoding="utf-8", newline="")
    kind = chance.choice(("cast", "scene", "shot"))
    ids = {"cast": list(board["cast"]), "scene": list(board["scenes"]), "shot": [shot["id"] for shot in board["shots"]]}
    old, new = chance.choice(ids[kind]), chance.choice(("Qua-9", "Ξένη", "Æ_2", "雪々"))

    change = rename_in_project(path, old, new, kind)
    assert isinstance(change, Renamed), change.found
    write_texts({file: now for file, (_, now) in change.texts.items()})
    after, _, found = load_storyboard(path)
    assert not found
    expected = renamed(board, kind, old, new)
    if change.name:
        group = expected["cast" if kind == "cast" else "scenes"]
        group[new] = (group[new] or {}) | {"name": change.name}
    assert after.model_dump(exclude={"use"}) == Storyboard.model_validate(expected).model_dump(exclude={"use"})

    if old in ("null", "true"):
        return  # they get quotes, which they may not have had
    back = rename_in_project(path, new, old, kind)
    assert back.texts.keys() == change.texts.keys()
    for file, (was, _) in change.texts.items():
        now = back.texts[file][1]
        same = alike(was, now)
        rest = alike(was[same:][::-1], now[same:][::-1])
        if was != now:
            assert change.name
            assert was[same : len(was) - rest] in ("", "~", "null")
            assert sorted(re.sub(r"[{},:\s]", "", now[same : len(now) - rest])) == sorted(
                f"name{change.name}".replace(" ", "")
            )
