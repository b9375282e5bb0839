"""A mistake and all that is printed about it, side by side, with its fixed twin, which is silent."""

from dataclasses import replace

import pytest

from compiler.checks.films import FILM, after, compiled, context_of, edited, make_pictures
from storyforge.compiler.checks import CHECKS, check_storyboard
from storyforge.providers.offline import Offline
from storyforge.reports.findings import as_text

TITLE = "title: The Keeper\n"
ACTION = '    action: "@mira trims the wick; @otto watches."\n'
COAT = ("@otto watches", "@otto.coat watches")
"""Dressed alike in both shots, they share a clip."""
LAST = '    action: "@otto.coat climbs the last step."\n'
LINES = "    dialogue: [mira: 'You are late, and the road has been gone for an hour.']\n"
PEOPLE = "".join(f"  c{n}: {{reference: refs/p{n}.png, marks: [badge number {n}]}}\n" for n in range(7))


SEA = "  - id: sea\n    scene: lamp-room\n    action: Rain.\n    sound: '@otto coughs'\n"
CHAIN = "".join(
    f"  - {{id: c{n}, scene: lamp-room, action: Rain., continues: {before}}}\n"
    for n, before in enumerate(["lamp-2", "c0", "c1", "c2"])
)
TWO = """\
  - {id: on, scene: lamp-room, action: Rain., continues: lamp-2}
  - {id: off, scene: lamp-room, action: Wind., continues: lamp-2, anchor: sharpest}
"""
APART = ('    action: "@mira', '    clip: new\n    action: "@mira')


def row(bad, good, printed):
    """A film made wrong, the same made right, and what is printed about the wrong one."""
    return pytest.param(bad, good, printed, id=printed[printed.index("[") + 1 : printed.index("]")])


MISTAKES = [
    row(
        [("@mira trims", "@mria trims")],
        [],
        """\
error[unknown-character]: `@mria` is nobody of the cast
  --> keeper.story.yaml:14:14
   |
14 |     action: "@mria trims the wick; @otto watches."
   |              ^^^^^
   = hint: did you mean `@mira`?

1 error
""",
    ),
    row(
        [("@mira trims", "@miran trims")],
        [("@mira trims", "@{mira}n trims")],
        """\
error[unknown-character]: `@miran` is nobody of the cast
  --> keeper.story.yaml:14:14
   |
14 |     action: "@miran trims the wick; @otto watches."
   |              ^^^^^^
   = hint: did you mean `@mira`? write `@{mira}n` for a name with an ending

1 error
""",
    ),
    row(
        [after(LAST, "    cast: [captain]\n")],
        [after(LAST, "    cast: [mira]\n")],
        """\
error[unknown-character]: `captain` is nobody of the cast
  --> keeper.story.yaml:18:12
   |
18 |     cast: [captain]
   |            ^^^^^^^
   = hint: known: `mira` and `otto`

1 error
""",
    ),
    row(
        [after(LAST, "    dialogue: [Mira: 'Late.']\n"), COAT],
        [after(LAST, "    dialogue: [mira (V.O.): 'Late.']\n"), COAT],
        """\
hint[short-for-speech]: clip `lamp-1` has lines in less than 11 s
  --> keeper.story.yaml:18:5
   |
18 |     dialogue: [Mira: 'Late.']
   |     ^^^^^^^^
   = hint: models tend to cut lines off in short clips: let neighbouring shots join, or give more seconds

error[unknown-character]: `Mira` is nobody of the cast
  --> keeper.story.yaml:18:16
   |
18 |     dialogue: [Mira: 'Late.']
   |                ^^^^
   = hint: did you mean `mira`?

1 error, 1 hint
""",
    ),
    row(
        [("@otto.coat", "@otto.caot")],
        [],
        """\
error[unknown-look]: `otto` has no look `caot`
  --> keeper.story.yaml:17:14
   |
17 |     action: "@otto.caot climbs the last step."
   |              ^^^^^^^^^^
   = hint: did you mean `@otto.coat`?

1 error
""",
    ),
    row(
        [("climbs the last step.", "stops.@mira.Then waits.")],
        [("climbs the last step.", "stops. @mira. Then waits.")],
        """\
error[unknown-look]: `mira` has no look `Then`
  --> keeper.story.yaml:17:31
   |
17 |     action: "@otto.coat stops.@mira.Then waits."
   |                               ^^^^^^^^^^
   = hint: add it under `cast.mira.looks`, or put a space behind the full stop if a sentence ends there

1 error
""",
    ),
    row(
        [("climbs the last step", "crosses @lamp-room")],
        [("climbs the last step", "crosses the lamp room")],
        """\
error[mention-of-a-scene]: `@lamp-room` is a scene, not one of the cast
  --> keeper.story.yaml:17:33
   |
17 |     action: "@otto.coat crosses @lamp-room."
   |                                 ^^^^^^^^^^
   = hint: say it in plain words; the shot's `scene` says where it plays

1 error
""",
    ),
    row(
        [("shots:\n", f"shots:\n{SEA}"), APART],
        [("shots:\n", f"shots:\n{SEA}    cast: [otto]\n"), APART],
        """\
error[mention-outside-clip]: `@otto` is not in clip `sea`
  --> keeper.story.yaml:15:13
   |
15 |     sound: '@otto coughs'
   |             ^^^^^
   = hint: list `otto` under `cast` of the shot, or say it without `@`

1 error
""",
    ),
    row(
        [
            after(TITLE, "preserve: [the whistle of @mira]\n"),
            ("lamp-2\n    scene: lamp-room\n", "lamp-2\n    clip: new\n    scene: lamp-room\n"),
        ],
        [("[a brass whistle]}", "[a brass whistle], preserve: [the whistle of @mira]}")],
        """\
error[mention-outside-clip]: `@mira` is not in clip `lamp-2`
 --> keeper.story.yaml:3:27
  |
3 | preserve: [the whistle of @mira]
  |                           ^^^^^
  = hint: move it to `preserve` of `mira` or of the shots that show it, or say it without `@`

1 error
""",
    ),
    row(
        [after(TITLE, "style: the eyes of @mira\n")],
        [after(TITLE, "style: lamp-lit\n")],
        """\
warning[mention-as-text]: `@mira` is sent as it is written: no mentions are read here
 --> keeper.story.yaml:3:20
  |
3 | style: the eyes of @mira
  |                    ^^^^^
  = hint: say it in plain words

1 warning
""",
    ),
    row(
        [("id: lamp-2", "id: lamp-1")],
        [],
        """\
error[duplicate-shot]: shot 2 has the id `lamp-1`, and so has shot 1
  --> keeper.story.yaml:15:9
   |
15 |   - id: lamp-1
   |         ^^^^^^
   = hint: give it an id of its own

1 error
""",
    ),
    row(
        [("scene: lamp-room", "scene: lamproom")],
        [],
        """\
error[unknown-scene]: no scene is called `lamproom`
  --> keeper.story.yaml:13:12
   |
13 |     scene: lamproom
   |            ^^^^^^^^
   = hint: did you mean `lamp-room`?

1 error
""",
    ),
    row(
        [("scene: lamp-room", "scene: cellar")],
        [],
        """\
error[unknown-scene]: no scene is called `cellar`
  --> keeper.story.yaml:13:12
   |
13 |     scene: cellar
   |            ^^^^^^
   = hint: known: `lamp-room`

1 error
""",
    ),
    row(
        [after(LAST, "    continues: lamp1\n")],
        [after(LAST, "    continues: lamp-1\n")],
        """\
error[unknown-shot]: no shot is called `lamp1`
  --> keeper.story.yaml:18:16
   |
18 |     continues: lamp1
   |                ^^^^^
   = hint: did you mean `lamp-1`?

1 error
""",
    ),
    row(
        [after(LAST, "    continues: lamp-1\n    first_frame: refs/mira.png\n")],
        [after(LAST, "    first_frame: refs/mira.png\n")],
        """\
error[two-first-frames]: shot `lamp-2` opens on a picture and on the last frame of `lamp-1`
  --> keeper.story.yaml:18:5
   |
18 |     continues: lamp-1
   |     ^^^^^^^^^
   = hint: keep `first_frame` or `continues`

1 error
""",
    ),
    row(
        [after(LAST, "    continues: lamp-2\n")],
        [after(LAST, "    continues: lamp-1\n")],
        """\
error[continues-in-a-circle]: shot `lamp-2` continues itself
  --> keeper.story.yaml:18:16
   |
18 |     continues: lamp-2
   |                ^^^^^^
   = hint: write the id of another shot, or take `continues` away

1 error
""",
    ),
    row(
        [after(ACTION, "    continues: lamp-2\n"), after(LAST, "    continues: lamp-1\n")],
        [after(LAST, "    continues: lamp-1\n")],
        """\
error[continues-in-a-circle]: shots `lamp-1` and `lamp-2` continue each other in a cycle
  --> keeper.story.yaml:15:16
   |
15 |     continues: lamp-2
   |                ^^^^^^
   = hint: take one `continues` away

1 error
""",
    ),
    row(
        [after(ACTION, "    continues: lamp-2\n"), COAT],
        [after(ACTION, "    continues: lamp-2\n"), after(LAST, "    clip: new\n"), COAT],
        """\
error[continues-in-a-circle]: shot `lamp-1` continues `lamp-2`, which is in the same clip
  --> keeper.story.yaml:15:16
   |
15 |     continues: lamp-2
   |                ^^^^^^
   = hint: begin a clip at `lamp-2` with `clip: new`, or take `continues` away

1 error
""",
    ),
    row(
        [("{reference: refs/mira.png, ", "{")],
        [],
        """\
warning[no-reference]: `mira` is seen and has no reference, so its face changes from clip to clip
 --> keeper.story.yaml:4:3
  |
4 |   mira: {marks: [a brass whistle]}
  |   ^^^^
  = hint: add a picture under `reference`

1 warning
""",
    ),
    row(
        [(", marks: [a brass whistle]", "")],
        [],
        """\
warning[no-mark]: `mira` is seen and has no mark to be recognised by
 --> keeper.story.yaml:4:3
  |
4 |   mira: {reference: refs/mira.png}
  |   ^^^^
  = hint: add one or two details that nobody else has under `marks`

1 warning
""",
    ),
    row(
        [("a brass whistle]", "a brass whistle, a grey braid, a scar]")],
        [("a brass whistle]", "a brass whistle, a grey braid]")],
        """\
warning[too-many-marks]: `mira` has 3 marks, and a model keeps one or two
 --> keeper.story.yaml:4:36
  |
4 |   mira: {reference: refs/mira.png, marks: [a brass whistle, a grey braid, a scar]}
  |                                    ^^^^^
  = hint: keep the least mistakable, and move the rest to `description`

1 warning
""",
    ),
    row(
        [("round wire glasses", "A brass  whistle")],
        [],
        """\
error[shared-mark]: `mira` and `otto` have the same mark, and both are in clip `lamp-1`
 --> keeper.story.yaml:7:13
  |
7 |     marks: [A brass  whistle]
  |             ^^^^^^^^^^^^^^^^
  = hint: give one of them another mark

1 error
""",
    ),
    row(
        [("{reference: refs/mira.png", "{name: Otto, reference: refs/mira.png")],
        [("{reference: refs/mira.png", "{name: the keeper, reference: refs/mira.png")],
        """\
warning[shared-name]: `mira` and `otto` are both called `otto` in clip `lamp-1`
 --> keeper.story.yaml:5:3
  |
5 |   otto:
  |   ^^^^
  = hint: give one of them a `name` that tells it apart

1 warning
""",
    ),
    row(
        [("@otto.coat", "@otto")],
        [],
        """\
warning[unused-reference]: `otto.coat` has a reference and is in no shot
 --> keeper.story.yaml:8:13
  |
8 |     looks: {coat: {reference: refs/coat.png}}
  |             ^^^^
  = hint: mention it as `@otto.coat`, or take it out

1 warning
""",
    ),
    row(
        [("scenes:\n", "scenes:\n  cellar: {reference: refs/p1.png}\n")],
        [],
        """\
warning[unused-reference]: `cellar` has a reference and is in no shot
  --> keeper.story.yaml:10:3
   |
10 |   cellar: {reference: refs/p1.png}
   |   ^^^^^^
   = hint: set a shot there, or take it out

1 warning
""",
    ),
    row(
        [("refs/mira.png", "refs/mria.png")],
        [],
        """\
error[missing-picture]: there is no file `refs/mria.png`
 --> keeper.story.yaml:4:21
  |
4 |   mira: {reference: refs/mria.png, marks: [a brass whistle]}
  |                     ^^^^^^^^^^^^^
  = hint: correct the name, or put the picture there

1 error
""",
    ),
    row(
        [("refs/mira.png", "../outside.png")],
        [],
        """\
error[picture-outside-project]: `../outside.png` lies outside the project
 --> keeper.story.yaml:4:21
  |
4 |   mira: {reference: ../outside.png, marks: [a brass whistle]}
  |                     ^^^^^^^^^^^^^^
  = hint: copy the picture into the storyboard's folder

1 error
""",
    ),
    row(
        [("refs/mira.png", "refs/link.png")],
        [],
        """\
error[picture-outside-project]: `refs/link.png` lies outside the project
 --> keeper.story.yaml:4:21
  |
4 |   mira: {reference: refs/link.png, marks: [a brass whistle]}
  |                     ^^^^^^^^^^^^^
  = hint: copy the picture into the storyboard's folder

1 error
""",
    ),
    row(
        [("refs/mira.png", "refs/notes.png")],
        [],
        """\
error[not-a-picture]: `refs/notes.png` is neither JPEG, PNG nor WEBP
 --> keeper.story.yaml:4:21
  |
4 |   mira: {reference: refs/notes.png, marks: [a brass whistle]}
  |                     ^^^^^^^^^^^^^^
  = hint: save it as one of the three

1 error
""",
    ),
    row(
        [("refs/mira.png", "refs/lfs.png")],
        [],
        """\
error[missing-picture]: `refs/lfs.png` is kept in Git LFS and was not fetched
 --> keeper.story.yaml:4:21
  |
4 |   mira: {reference: refs/lfs.png, marks: [a brass whistle]}
  |                     ^^^^^^^^^^^^
  = hint: `git lfs pull` fetches it

1 error
""",
    ),
    row(
        [("refs/mira.png", "refs")],
        [],
        """\
error[not-a-picture]: `refs` is not a file
 --> keeper.story.yaml:4:21
  |
4 |   mira: {reference: refs, marks: [a brass whistle]}
  |                     ^^^^
  = hint: name the picture itself

1 error
""",
    ),
    row(
        [("refs/mira.png", "file:refs/mira.png")],
        [],
        """\
error[not-a-picture]: no picture is fetched from a `file:` address
 --> keeper.story.yaml:4:21
  |
4 |   mira: {reference: file:refs/mira.png, marks: [a brass whistle]}
  |                     ^^^^^^^^^^^^^^^^^^
  = hint: name a file of the project, or an `https://` address

1 error
""",
    ),
    row(
        [("refs/mira.png", "refs/small.png")],
        [],
        """\
error[small-picture]: `refs/small.png` is 120×160 pixels, and the short side of a reference has 400 or more
 --> keeper.story.yaml:4:21
  |
4 |   mira: {reference: refs/small.png, marks: [a brass whistle]}
  |                     ^^^^^^^^^^^^^^
  = hint: save it larger

1 error
""",
    ),
    row(
        [after(TITLE, "provider: wavespeed\n"), ("refs/mira.png", "refs/heavy.png")],
        [("refs/mira.png", "refs/heavy.png")],
        """\
error[large-picture]: `refs/heavy.png` has 10.3 MB, and `wavespeed` takes 10 MB
 --> keeper.story.yaml:5:21
  |
5 |   mira: {reference: refs/heavy.png, marks: [a brass whistle]}
  |                     ^^^^^^^^^^^^^^
  = hint: save it smaller, or render with `offline`, `runware` or `hiapi`

1 error
""",
    ),
    row(
        [("refs/mira.png", "refs/giant.png")],
        [],
        """\
error[large-picture]: `refs/giant.png` has 100.1 MB, and no picture over 100 MB is read
 --> keeper.story.yaml:4:21
  |
4 |   mira: {reference: refs/giant.png, marks: [a brass whistle]}
  |                     ^^^^^^^^^^^^^^
  = hint: save it smaller

1 error
""",
    ),
    row(
        [("refs/mira.png", "refs/wide.png")],
        [],
        """\
error[large-picture]: `refs/wide.png` is 13300×13300 pixels, and no picture over 36 million is read
 --> keeper.story.yaml:4:21
  |
4 |   mira: {reference: refs/wide.png, marks: [a brass whistle]}
  |                     ^^^^^^^^^^^^^
  = hint: save it smaller

1 error
""",
    ),
    row(
        [after(TITLE, "provider: joypix\nprefer: first_frame\n"), after(LAST, "    first_frame: refs/narrow.png\n")],
        [after(LAST, "    first_frame: refs/narrow.png\n")],
        """\
error[long-picture]: `refs/narrow.png` is 400×1200 pixels, and `joypix` takes first frames up to 2.5:1
  --> keeper.story.yaml:20:18
   |
20 |     first_frame: refs/narrow.png
   |                  ^^^^^^^^^^^^^^^
   = hint: crop it, or render with `offline`, `runware`, `scenario` or `hiapi`

1 error
""",
    ),
    row(
        [after(TITLE, "provider: runware\n"), ("refs/mira.png", "asset:asset_7")],
        [after(TITLE, "provider: scenario\n"), ("refs/mira.png", "asset:asset_7")],
        """\
error[foreign-picture-id]: `asset:` is an id of `scenario`, and the clip is rendered by `runware`
 --> keeper.story.yaml:5:21
  |
5 |   mira: {reference: asset:asset_7, marks: [a brass whistle]}
  |                     ^^^^^^^^^^^^^
  = hint: name a file or an `https://` address, or render with `scenario`

1 error
""",
    ),
    row(
        [("refs/mira.png", "'http://pictures.example/m.png'")],
        [("refs/mira.png", "'https://pictures.example/m.png'")],
        """\
error[plain-http-picture]: pictures are not fetched by plain `http://`
 --> keeper.story.yaml:4:21
  |
4 |   mira: {reference: 'http://pictures.example/m.png', marks: [a brass whistle]}
  |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = hint: write `https://`, or keep the picture in the project

1 error
""",
    ),
    row(
        [after(TITLE, "music: {file: teme.ogg}\n")],
        [after(TITLE, "music: {file: theme.ogg}\n")],
        """\
error[missing-music]: there is no file `teme.ogg`
 --> keeper.story.yaml:3:15
  |
3 | music: {file: teme.ogg}
  |               ^^^^^^^^
  = hint: correct the name, or put the music there

1 error
""",
    ),
    row(
        [after(TITLE, "music: {file: ../outside.ogg}\n")],
        [],
        """\
error[missing-music]: `../outside.ogg` lies outside the project
 --> keeper.story.yaml:3:15
  |
3 | music: {file: ../outside.ogg}
  |               ^^^^^^^^^^^^^^
  = hint: copy the music into the storyboard's folder

1 error
""",
    ),
    row(
        [after(ACTION, "    seconds: 2\n" + LINES), COAT],
        [after(ACTION, "    seconds: 12\n" + LINES), COAT],
        """\
error[long-dialogue]: the lines need 3.5 s at the pace of `en`, and the shot lasts 2 s
  --> keeper.story.yaml:15:14
   |
15 |     seconds: 2
   |              ^
   = hint: give the shot more seconds, or say less

hint[short-for-speech]: clip `lamp-1` has lines in less than 11 s
  --> keeper.story.yaml:16:5
   |
16 |     dialogue: [mira: 'You are late, and the road has been gone for an hour.']
   |     ^^^^^^^^
   = hint: models tend to cut lines off in short clips: let neighbouring shots join, or give more seconds

1 error, 1 hint
""",
    ),
    row(
        [after(ACTION, "    seconds: 4\n" + LINES), after(LAST, "    seconds: 8\n"), COAT],
        [after(ACTION, "    seconds: 5\n" + LINES), after(LAST, "    seconds: 8\n"), COAT],
        """\
warning[tight-dialogue]: the lines need 3.5 s at the pace of `en`, and the shot lasts 4 s
  --> keeper.story.yaml:15:14
   |
15 |     seconds: 4
   |              ^
   = hint: at 4.1 s they would have room

1 warning
""",
    ),
    row(
        [after(ACTION, "    seconds: 30\n    dialogue: [mira: '" + "I saw the lamp go out. " * 11 + "']\n")],
        [after(ACTION, "    seconds: 30\n    dialogue:\n" + "      - mira: I saw the lamp go out.\n" * 11)],
        """\
error[long-dialogue]: the lines of part 2 need 17.9 s, and it lasts 15 s
  --> keeper.story.yaml:16:5
   |
16 |     dialogue: [mira: 'I saw the lamp go out. I saw the lamp go out. I saw the lamp go out. I saw the…
   |     ^^^^^^^^
   = hint: break the longest line in two, for no line is split between parts

1 error
""",
    ),
    row(
        [after(ACTION, "    dialogue: [mira: Late.]\n    seconds: 4\n"), COAT],
        [after(ACTION, "    dialogue: [mira: Late.]\n    seconds: 4\n"), after(LAST, "    seconds: 8\n"), COAT],
        """\
hint[short-for-speech]: clip `lamp-1` has lines in less than 11 s
  --> keeper.story.yaml:15:5
   |
15 |     dialogue: [mira: Late.]
   |     ^^^^^^^^
   = hint: models tend to cut lines off in short clips: let neighbouring shots join, or give more seconds

1 hint
""",
    ),
    row(
        [after(TITLE, "language: eo\n"), after(ACTION, "    dialogue: [mira (V.O.): Saluton.]\n"), COAT],
        [after(TITLE, "language: fr-CA\n"), after(ACTION, "    dialogue: [mira (V.O.): Salut.]\n"), COAT],
        """\
warning[unknown-pace]: the pace of `eo` is not known: lines are measured by their vowels, at the pace of English
 --> keeper.story.yaml:3:11
  |
3 | language: eo
  |           ^^
  = hint: give shots with lines their `seconds`

1 warning
""",
    ),
    row(
        [after(LAST, "    transition: dissolve 4.5\n")],
        [after(LAST, "    transition: dissolve 4\n")],
        """\
error[transition-too-long]: the transition takes 4.5 s of clip `lamp-1`, which lasts 4 s
  --> keeper.story.yaml:18:17
   |
18 |     transition: dissolve 4.5
   |                 ^^^^^^^^^^^^
   = hint: make it shorter, or the clip longer

1 error
""",
    ),
    row(
        [after(ACTION, "    transition: fade 3\n"), after(LAST, "    transition: wipe 3\n")],
        [after(ACTION, "    transition: fade 3\n"), after(LAST, "    transition: wipe 2\n")],
        """\
error[transition-too-long]: the transitions on both sides take 4.5 s of clip `lamp-1`, which lasts 4 s
  --> keeper.story.yaml:19:17
   |
19 |     transition: wipe 3
   |                 ^^^^^^
   = hint: make it shorter, or the clip longer

1 error
""",
    ),
    row(
        [after(LAST, "    transition: dissolve 0.02\n")],
        [after(LAST, "    transition: dissolve 0.1\n")],
        """\
warning[transition-too-short]: the dissolve is shorter than a frame of 1/24 s, so it is a cut
  --> keeper.story.yaml:18:17
   |
18 |     transition: dissolve 0.02
   |                 ^^^^^^^^^^^^^
   = hint: make it longer, or write `cut`

1 warning
""",
    ),
    row(
        [after(ACTION, "    transition: dissolve 1\n")],
        [after(ACTION, "    transition: fade 1\n")],
        """\
warning[transition-from-nothing]: the film begins with a dissolve, and there is nothing before it
  --> keeper.story.yaml:15:17
   |
15 |     transition: dissolve 1
   |                 ^^^^^^^^^^
   = hint: write `fade` or `cut`

1 warning
""",
    ),
    row(
        [after(LAST, "    seconds: 1\n    clip: new\n"), COAT],
        [after(LAST, "    seconds: 1\n"), COAT],
        """\
hint[padded-clip]: clip `lamp-2` lasts 3 s, the least of `offline`: 2 s are added to its shots
  --> keeper.story.yaml:15:9
   |
15 |   - id: lamp-2
   |         ^^^^^^
   = hint: let a neighbouring shot join the clip, or give the shot more seconds

1 hint
""",
    ),
    row(
        [after(LAST, CHAIN)],
        [after(LAST, CHAIN.replace("continues: c2", "clip: new"))],
        """\
warning[long-chain]: clip `c3` is the 5th of a chain: each opens on another's last frame
  --> keeper.story.yaml:21:58
   |
21 |   - {id: c3, scene: lamp-room, action: Rain., continues: c2}
   |                                                          ^^
   = hint: begin it from a picture or from references: small differences add up along a chain

1 warning
""",
    ),
    row(
        [after(LAST, "    seconds: 75\n")],
        [after(LAST, "    seconds: 60\n")],
        """\
warning[long-chain]: clip `lamp-2.5` is the 5th of a chain: each opens on another's last frame
  --> keeper.story.yaml:15:9
   |
15 |   - id: lamp-2
   |         ^^^^^^
   = hint: begin it from a picture or from references: small differences add up along a chain

1 warning
""",
    ),
    row(
        [after(TITLE, "provider: runware\n"), after(LAST, TWO), COAT],
        [after(TITLE, "provider: runware\n"), after(LAST, TWO.replace("lamp-2}", "lamp-2, anchor: sharpest}")), COAT],
        """\
error[two-anchors]: clips `on` and `off` go on from clip `lamp-1`, one from its last frame and one from its sharpest
  --> keeper.story.yaml:20:48
   |
20 |   - {id: off, scene: lamp-room, action: Wind., continues: lamp-2, anchor: sharpest}
   |                                                ^^^^^^^^^
   = hint: give both the same `anchor`

1 error
""",
    ),
    row(
        [after(LAST, "    anchor: sharpest\n")],
        [],
        """\
warning[idle-anchor]: shot `lamp-2` goes on from no other, so `anchor` does nothing
  --> keeper.story.yaml:18:5
   |
18 |     anchor: sharpest
   |     ^^^^^^
   = hint: take it away, or write `continues`

1 warning
""",
    ),
    row(
        [after(TITLE, "provider: runaway\n")],
        [after(TITLE, "provider: runware\n")],
        """\
error[unknown-provider]: no provider is called `runaway`
 --> keeper.story.yaml:3:11
  |
3 | provider: runaway
  |           ^^^^^^^
  = hint: known: `offline`, `runware`, `wavespeed`, `scenario`, `hiapi` and `joypix`

1 error
""",
    ),
    row(
        [after(ACTION, "    provider: Scenario\n")],
        [],
        """\
error[unknown-provider]: no provider is called `Scenario`
  --> keeper.story.yaml:15:15
   |
15 |     provider: Scenario
   |               ^^^^^^^^
   = hint: did you mean `scenario`?

1 error
""",
    ),
    row(
        [after(TITLE, "extra: {wavespeeed: {mood: 7}}\n")],
        [after(TITLE, "extra: {wavespeed: {mood: 7}}\n")],
        """\
error[unknown-provider]: no provider is called `wavespeeed`
 --> keeper.story.yaml:3:9
  |
3 | extra: {wavespeeed: {mood: 7}}
  |         ^^^^^^^^^^
  = hint: did you mean `wavespeed`?

1 error
""",
    ),
    row(
        [after(TITLE, "provider: runware\nformat: {aspect: '4:5'}\n")],
        [after(TITLE, "provider: hiapi\nformat: {aspect: '4:5'}\n")],
        """\
error[unsupported-aspect]: `runware` does not render 4:5
 --> keeper.story.yaml:4:18
  |
4 | format: {aspect: '4:5'}
  |                  ^^^^^
  = hint: choose `16:9`, `9:16`, `1:1`, `4:3` or `3:4`, or render with `offline`, `scenario` or `hiapi`

1 error
""",
    ),
    row(
        [after(TITLE, "provider: wavespeed\n"), after(LAST, "    first_frame: refs/mira.png\n")],
        [after(TITLE, "provider: wavespeed\n"), after(LAST, "    first_frame: refs/mira.png\n    prefer: cast\n")],
        """\
error[needs-preference]: shot `lamp-2` opens on a picture and has references; `wavespeed` takes only one
  --> keeper.story.yaml:19:18
   |
19 |     first_frame: refs/mira.png
   |                  ^^^^^^^^^^^^^
   = hint: write `prefer: cast` or `prefer: first_frame`, or render with `offline` or `runware`

1 error
""",
    ),
    row(
        [after(TITLE, "provider: wavespeed\n"), after(LAST, "    seconds: 20\n")],
        [after(TITLE, "provider: runware\n"), after(LAST, "    seconds: 20\n")],
        """\
error[needs-preference]: shot `lamp-2` is split, so it opens on frames and has references; `wavespeed` takes only one
  --> keeper.story.yaml:19:14
   |
19 |     seconds: 20
   |              ^^
   = hint: write `prefer: cast` or `prefer: first_frame`, or render with `offline` or `runware`

1 error
""",
    ),
    row(
        [after(TITLE, "provider: hiapi\n"), after(ACTION, "    seed: 7\n")],
        [after(TITLE, "provider: joypix\n"), after(ACTION, "    seed: 7\n")],
        """\
warning[seed-not-taken]: `hiapi` takes no seed, so this one changes nothing
  --> keeper.story.yaml:16:11
   |
16 |     seed: 7
   |           ^
   = hint: take it away, or render with `offline`, `runware`, `wavespeed`, `scenario` or `joypix`

1 warning
""",
    ),
    row(
        [after(TITLE, "provider: joypix\nextra: {runware: {ttl: 86400}}\n")],
        [after(TITLE, "provider: runware\nextra: {runware: {ttl: 86400}}\n")],
        """\
hint[extra-for-another-provider]: `runware` renders nothing here, so these fields go nowhere
 --> keeper.story.yaml:4:9
  |
4 | extra: {runware: {ttl: 86400}}
  |         ^^^^^^^
  = hint: move them, or take them away

1 hint
""",
    ),
    row(
        [after(LAST, "    extra: {runware: {ttl: 600, numberResults: 4}}\n")],
        [after(LAST, "    extra: {runware: {ttl: 600}}\n")],
        """\
error[extra-clash]: `numberResults` of an order is set by storyforge, so `extra` may not name it
  --> keeper.story.yaml:18:33
   |
18 |     extra: {runware: {ttl: 600, numberResults: 4}}
   |                                 ^^^^^^^^^^^^^
   = hint: take it away; the language has `seconds`, `seed`, `take` and `format` for what they set

1 error
""",
    ),
    row(
        [("trims the wick;", "trims the wick and " + "waits and " * 240 + "waits;")],
        [],
        """\
error[prompt-too-long]: the prompt of clip `lamp-1` has 2776 characters, and 2500 are read
  --> keeper.story.yaml:14:13
   |
14 | …   action: "@mira trims the wick and waits and waits and waits and waits and waits and waits and wai…
   |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = hint: shorten what is longest: `lamp-1` (2500), `cast` (166), `preserve` (95)

1 error
""",
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project") / "film"
    make_pictures(folder)
    return folder


def test_a_film_without_a_fault_is_silent(folder):
    assert compiled(folder, FILM).diagnostics == ()


@pytest.mark.parametrize(("bad", "good", "printed"), MISTAKES)
def test_a_mistake_is_printed_and_its_mended_twin_is_silent(folder, bad, good, printed):
    found = compiled(folder, edited(*bad))
    assert as_text(found.diagnostics, found.source) == printed
    assert compiled(folder, edited(*good)).diagnostics == ()


def test_every_finding_of_a_rule_is_explained_and_has_a_test():
    names = [name for rule in CHECKS for name in (rule.__doc__ or "").partition(":")[0].split(", ")]
    elsewhere = {"no-shots", "too-many-references", "unsupported-resolution", "kept-cut"}
    assert sorted({*names}) == sorted({*(mistake.id for mistake in MISTAKES), *elsewhere})
    assert len(names) == len(set(names))


def test_a_shot_with_ten_pictures_is_one_too_many(folder):
    ten = edited(("cast:\n", f"cast:\n{PEOPLE}"), ("@otto watches", "@otto and @c0 @c1 @c2 @c3 @c4 @c5 @c6 watch"))
    (found,) = check_storyboard(context_of(folder, ten))
    assert (found.name, found.path) == ("too-many-references", ("shots", 0, "id"))
    assert found.message == "shot `lamp-1` needs 10 references, and a clip takes 9"
    assert not check_storyboard(
        context_of(folder, ten.replace("@otto and ", "").replace("@otto.coat", "@otto and @otto.coat"))
    )


def test_a_film_needs_shots_and_a_bible_does_not(folder):
    shots = FILM[FILM.index("shots:") :]
    (found,) = check_storyboard(context_of(folder, FILM.replace(shots, "shots: []\n")))
    assert (found.name, found.severity, found.path) == ("no-shots", "error", ("shots",))
    assert not check_storyboard(context_of(folder, FILM.replace(shots, "")))


def test_a_resolution_is_refused_with_the_names_of_those_who_have_it(folder):
    class Small(Offline):
        limits = replace(Offline.limits, resolutions=("720p",))

    text = FILM.replace("cast:", "format: {resolution: 1080p}\ncast:")
    (found,) = check_storyboard(context_of(folder, text, Small()))
    assert found.name == "unsupported-resolution"
    assert found.hint == (
        "choose `720p`, or render with `offline`, `runware`, `wavespeed`, `scenario`, `hiapi` or `joypix`"
    )
    assert not check_storyboard(context_of(folder, text))


def test_what_stands_in_a_used_file_may_stay_unused_and_unseen(folder):
    head, shots = FILM.split("shots:\n")
    bible = head + "  cellar: {reference: refs/gone.png}\n"
    (folder / "bible.story.yaml").write_text(bible)
    text = f"storyforge: 1\ntitle: The Keeper\nuse: [bible.story.yaml]\nshots:\n{shots}"
    assert compiled(folder, text).diagnostics == ()
    shown = compiled(folder, text.replace("scene: lamp-room", "scene: cellar"))
    assert [(found.name, found.location.file) for found in shown.diagnostics] == [
        ("missing-picture", "bible.story.yaml")
    ]


def test_a_picture_of_a_server_on_this_machine_may_do_without_encryption(folder):
    for host in ("localhost:8000", "127.0.0.1", "[::1]:80"):
        assert compiled(folder, edited(("refs/mira.png", f"'http://{host}/mira.png'"))).diagnostics == ()


def test_a_bound_picture_is_checked_for_every_provider_that_needs_it(folder):
    text = edited(("refs/mira.png", "refs/heavy.png"), after(ACTION, "    provider: joypix\n"))
    assert [found.name for found in compiled(folder, text).diagnostics] == ["large-picture"]
    assert compiled(folder, text.replace("@mira trims the wick; ", "")).diagnostics[0].name == "unused-reference"


def test_a_plain_mention_stands_for_the_look_that_a_clip_shows_and_a_look_for_itself(folder):
    one = edited(
        ("@mira trims the wick; @otto watches", "@otto.coat waits"),
        ("  mira: {reference: refs/mira.png", "  mira: {description: x"),
    )
    assert compiled(folder, one.replace("last step", "step") + "    sound: '@otto coughs'\n").diagnostics == ()
    other = compiled(folder, FILM.replace("@otto.coat climbs", "@mira stops") + "    sound: '@otto.coat rustles'\n")
    assert [found.name for found in other.diagnostics] == ["unused-reference", "mention-outside-clip"]


def test_a_clip_that_ends_on_its_sharpest_frame_has_half_a_second_less_for_a_transition(folder):
    two = """\
  - {id: on, scene: lamp-room, action: Rain., seconds: 3, clip: new}
  - {id: off, scene: lamp-room, action: Wind., seconds: 3, continues: on, transition: dissolve 2.6}
"""
    text = edited(after(TITLE, "provider: runware\n"), after(LAST, two))
    assert compiled(folder, text).diagnostics == ()
    (found,) = compiled(folder, text.replace("continues: on", "continues: on, anchor: sharpest")).diagnostics
    assert (found.name, found.path[1]) == ("transition-too-long", 3)
    assert found.message == "the transition takes 2.58 s of clip `on`, which lasts 3 s, or half a second less"


def test_one_finding_tells_of_all_clips_that_a_clause_does_not_fit(folder):
    text = edited(after(TITLE, "preserve: ['@mira']\n"), ("lamp-2\n", "lamp-2\n    clip: new\n"))
    text += "  - {id: lamp-3, scene: lamp-room, action: Rain., clip: new}\n"
    (found,) = compiled(folder, text).diagnostics
    assert found.message == "`@mira` is not in clips `lamp-2` and `lamp-3`"
