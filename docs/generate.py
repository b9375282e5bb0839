"""What the documentation takes from the code, as Markdown: commands, findings and the glossary; the language is in
`fieldguide.py`, the Python interface in `apiguide.py`. `hooks.py` writes them into the pages when the site is built."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click
from apiguide import make_api_page
from fieldguide import make_language_page
from housemap import make_house

from storyforge.cli import cli
from storyforge.reports.explain import explain, rule_names

HERE = Path(__file__).parent
WORDS = HERE / "words.toml"
"""The glossary, and words that we do not write with those that we write instead."""


def make_commands_page() -> str:
    """Returns the reference of all commands in Markdown: usage, what each does, arguments, options."""
    rows = [
        f"| [{name}](#{name}) | {_first_sentence(command)} | {'yes' if spends_money(command) else 'no'} |"
        for name, command in sorted(cli.commands.items())
    ]
    table = "\n".join(("| command | does | can spend money |", "|---|---|---|", *rows))
    return "\n\n".join((table, *(_command(name, command) for name, command in sorted(cli.commands.items())))) + "\n"


def spends_money(command: click.Command) -> bool:
    """Whether a command may order something that costs money: those can be given a limit."""
    return any("--max-cost" in option.opts for option in command.params)


def make_findings_page() -> str:
    """Returns the reference of all findings in Markdown, as `storyforge explain` prints them."""
    told: dict[str, str] = {}
    parts = []
    for name in rule_names():
        names, _, text = (explain(name) or "").partition(": ")
        if text in told:
            parts.append(f"## {name}\n\nSee [{told[text]}](#{told[text]}).")
            continue
        told[text] = name
        also = [f"`{other}`" for other in names.split(", ") if other != name]
        intro = f"Explained together with {', '.join(also)}.\n\n" if also else ""
        parts.append(f"## {name}\n\n{intro}{text[:1].upper()}{text[1:]}")
    return "\n\n".join(parts) + "\n"


def make_glossary_page() -> str:
    """Returns the words of StoryForge in Markdown, and the table of those that are not written."""
    words = read_words()
    terms = [f"**{term}** {{ #{_anchor(term)} }}\n:   {text}" for term, text in sorted(words["glossary"].items())]
    rows = [f"| {one['word']} | {one['write']} |" for one in words["banned"]]
    return (
        "\n\n".join((*terms, "## Words that we do not write", "\n".join(("| not | but |", "|---|---|", *rows)))) + "\n"
    )


@cache
def read_words() -> Mapping[str, Any]:
    """The glossary and the banned words, as `words.toml` holds them."""
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


PAGES: Mapping[str, Callable[[], str]] = {
    "language": make_language_page,
    "commands": make_commands_page,
    "api": make_api_page,
    "findings": make_findings_page,
    "glossary": make_glossary_page,
    "house": make_house,
}
"""What replaces `<!-- generate: NAME -->` in a page."""


def _anchor(term: str) -> str:
    return term.replace(" ", "-")


def _first_sentence(command: click.Command) -> str:
    return _escape(re.split(r"(?<=[.]) ", " ".join((command.help or "").split()), maxsplit=1)[0])


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, parent=click.Context(cli, **cli.context_settings))
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [f"## {name}", f"```text\nstoryforge {name} {usage}\n```", _help(inspect.cleandoc(command.help or ""))]
    if spends_money(command):
        parts.append("This command can spend money.")
    options = [option for option in command.get_params(context) if isinstance(option, click.Option)]
    rows = [f"| {_names(option)} | {_escape(option.help or '')}{_default(option)} |" for option in options]
    parts.append("\n".join(("| option | does |", "|---|---|", *rows)))
    return "\n\n".join(parts)


def _help(text: str) -> str:
    """The help of a command as Markdown: a paragraph that click must not wrap is code."""
    paragraphs = text.split("\n\n")
    code = {part: f"```text\n{part.removeprefix(chr(8)).strip()}\n```" for part in paragraphs if part.startswith("\b")}
    return "\n\n".join(code.get(part, part) for part in paragraphs)


def _names(option: click.Option) -> str:
    value = "" if option.is_flag else f" {option.make_metavar(click.Context(click.Command('x')))}"
    return (
        ", ".join(f"`{name}`" for name in option.opts[:-1])
        + (", " if option.opts[1:] else "")
        + (f"`{option.opts[-1]}{value}`".replace("|", "\\|"))
    )


def _default(option: click.Option) -> str:
    shown = option.show_default and option.default is not None
    return f" Default: `{option.default}`." if shown else ""


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
