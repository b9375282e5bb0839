"""What each finding means, by its name: the docstrings of the rules, and words for what is found while reading."""

from __future__ import annotations

from functools import cache
from inspect import getdoc
from textwrap import fill

from storyforge.compiler.checks import CHECKS
from storyforge.film.qc.rules import INSPECTIONS
from storyforge.model.storyboard import XFADES

WORDS = {
    "bad-alias": "a YAML alias (`*name`) names nothing, or something that contains itself. Text that"
    " begins with `*` goes in quotes.",
    "bad-choice": "a value is none of those that the key takes. The hint lists them.",
    "bad-id": "an id is letters, digits, `-` and `_` of any script, and begins with a letter. It is "
    "written without `@`: `scene: lamp-room`. Only texts such as `action` mention one as "
    "`@mira`.",
    "bad-key": "a key is not a name. Text that holds braces or brackets goes in quotes.",
    "bad-line": "a line of dialogue is one `WHO: text` or `WHO (how): text`, and each begins with `- `:\n\n"
    "    dialogue:\n"
    "      - mira: You are late.\n"
    "      - otto (whispering): The road is gone.",
    "bad-transition": "a transition is `cut`, or `dissolve`, `fade` or `wipe` with its seconds: `dissolve 0.5`. The"
    " other kinds are called as ffmpeg's `xfade` calls them, and overlap two clips as a dissolve does:\n\n"
    + fill(" ".join(XFADES), 100, initial_indent="    ", subsequent_indent="    "),
    "bad-value": "a value cannot be used where it is.",
    "blank-text": "a text is empty. Write something, or take the key away.",
    "broken-lock": "the lock next to the storyboard, `NAME.story.lock`, cannot be read: somebody edited it, or a merge"
    " went wrong. Restore it from git. Without it the next render writes a new one, and what was chosen or accepted is"
    " forgotten.",
    "broken-template": "one of the project's own `templates/` cannot be used. Fix it, or remove it to use the "
    "one that comes with StoryForge.",
    "control-character": "the file holds a character that is no text. Take it away, or save the file as text again.",
    "duplicate-key": "a key is written twice in one mapping, and only one of the two could count. Keep one.",
    "empty-file": "nothing is written in the file. Begin with `storyforge: 1` and `title: …`.",
    "lock-conflict": "two branches chose different takes for one clip, and git could not decide. `storyforge use FILE"
    " CLIP TAKE` chooses one and writes the lock clean.",
    "missing-field": "something that cannot be left out is not there. A storyboard has `storyforge` and "
    "`title`, a shot `id`, `scene` and `action`.",
    "missing-file": "a storyboard, or a file under `use`, is not where its path says. Paths are written from "
    "the file they stand in.",
    "needs-publisher": "a host takes pictures only as addresses, and a picture of this film is a file. Say under"
    " `[publish]` in `storyforge.toml` where pictures are published, or name them by "
    "`https://`.",
    "not-a-mapping": "the file is a list or a text, not keys and values. Begin with `storyforge: 1` and `title: …`.",
    "not-utf8": "the file is not UTF-8 text. Save it as UTF-8.",
    "out-of-range": "a number is too large or too small, or not finite. The hint says the bound.",
    "path-outside-project": "a file under `use` lies outside the project, or its path is not written from this file. "
    "The project is the nearest folder above that holds `storyforge.toml`, `.storyforge` or "
    "`.git`.",
    "several-documents": "a line `---` begins a second document. Keep one storyboard in one file.",
    "merge-conflict": "git merged two branches that changed the same lines, and left both versions between `<<<<<<<`, "
    "`=======` and `>>>>>>>`. Keep what is right, and take these lines away.",
    "tab-indentation": "a line is set in with a tab, which YAML does not take. `check --fix` writes spaces.",
    "too-deep": "values or used files are nested deeper than any storyboard needs.",
    "too-large": "the file is larger than what is read. Split the film into several storyboards.",
    "too-many-mistakes": "more findings than anybody reads at once; the rest is left out. Fix these, and check again.",
    "too-much-text": "prompts are far longer than any host reads, and there are many of them. Marks, descriptions,"
    " `style` and `preserve` of the film, its cast and its scenes are said again in each clip that they belong to: say"
    " less in them.",
    "too-many-values": "the file unfolds to more values than are read. Write less, or split the film.",
    "unknown-key": "a key means nothing where it is: it is misspelt, or set in too far or too little. "
    "Words of your own go into `notes` of a shot.",
    "unquoted-mention": "a text begins with `@`, which YAML takes only in quotes. `check --fix` adds them:\n\n"
    "    action: @mira waits.      # bad\n"
    '    action: "@mira waits."    # good',
    "unquoted-text": "a text holds a colon, or begins with a character that means something to YAML. Put it in"
    " quotes; `check --fix` does.",
    "unreadable-file": "a file is there and cannot be read: it is a folder, or closed to you.",
    "unsupported-version": "the storyboard is written in another version of the language. This one reads "
    "`storyforge: 1`.",
    "use-clash": "two files under `use` describe the same character or scene differently, and which is "
    "meant nobody can tell. Describe it in the storyboard itself, or in one of the two.",
    "use-cycle": "files use each other in a cycle. Take one `use` out.",
    "wrong-type": "a value is of another kind than its key takes: a number where text belongs, text where a"
    " list belongs. Text that looks like a number goes in quotes.",
    "yaml-syntax": "YAML cannot read the text. The excerpt shows where it stopped; the mistake may stand just before.",
    "yaml-tag": "a YAML tag (`!…`) means nothing in a storyboard. Take it away, or put text that begins "
    "with `!` in quotes.",
}
"""Findings that no rule gives."""


def explain(name: str) -> str | None:
    """What a finding means and what to do; None if none is called so."""
    return _all().get(name)


def rule_names() -> tuple[str, ...]:
    """The names of all findings, in alphabetical order."""
    return tuple(sorted(_all()))


@cache
def _all() -> dict[str, str]:
    told = {name: f"{name}: {words}" for name, words in WORDS.items()}
    for rule in (*CHECKS, *INSPECTIONS):
        words = getdoc(rule) or ""
        # A rule that gives findings of several names opens with all of them: `one-name, other-name: …`.
        told |= dict.fromkeys(words.partition(":")[0].split(", "), words)
    return told
