"""`init`, `schema`, `providers`, `explain` and `doctor`: a project and the tool itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from storyforge.cli.options import formats, print_json

if TYPE_CHECKING:
    from storyforge.providers.base import Provider


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), metavar="[DIR]")
@click.option("--git", "known", is_flag=True, help="Let git compare storyboards and films, and merge locks, here.")
def init(folder: Path, known: bool) -> int:
    """Write a small film that renders at once, with its pictures, schema and editor settings.

    With `--git` nothing is written beside a storyboard that is there already, but what git has to know.
    """
    from storyforge.cli.starter import write_starter
    from storyforge.cli.starter.git_drivers import find_repository, has_storyboard, set_drivers, write_attributes

    repository = find_repository(folder) if known else None
    if repository is None or not has_storyboard(repository, folder):
        for path in write_starter(folder):
            click.echo(path.as_posix())
        film = (folder / "film.story.yaml").as_posix()
        click.echo(f"now: storyforge render {film}", err=True)
    if repository:
        if written := write_attributes(repository, folder):
            click.echo(written.as_posix())
        if set_drivers(repository):
            click.echo("git compares storyboards and films here, and merges locks, by this storyforge", err=True)
            click.echo("it keeps that out of clones: each wants `storyforge init --git` once", err=True)
        else:
            click.echo("git knew this storyforge already", err=True)
    return 0


@click.command()
@click.option("--write", is_flag=True, help="Write it to .storyforge/storyboard.schema.json here, for editors.")
def schema(write: bool) -> int:
    """Print the JSON Schema of the storyboard language."""
    from storyforge.language.json_schema import schema_text

    if not write:
        click.echo(schema_text(), nl=False)
        return 0
    from storyforge.language.json_schema import write_schema

    path = Path(".storyforge/storyboard.schema.json")
    write_schema(path)
    click.echo(path.as_posix())
    return 0


@click.command()
@formats("text", "json")
def providers(form: str) -> int:
    """List the providers: what each takes, and what it costs."""
    from storyforge.providers import PROVIDERS

    listed = [kind() for kind in PROVIDERS]
    if form == "json":
        print_json({"storyforge": 1, "providers": [_row(one) for one in listed]})
    else:
        click.echo("\n".join(line for one in listed for line in _facts(one)))
    return 0


def _row(one: Provider) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "model": one.model,
        "base_url": one.base_url,
        "modes": list(one.modes),
        "aspects": list(one.limits.aspects),
        "resolutions": list(one.limits.resolutions),
        "seconds": [one.limits.min_seconds, one.limits.max_seconds],
        "references": one.limits.max_references,
        "characters": one.limits.max_characters,
        "dialect": one.dialect.name,
        "seed": one.limits.takes_seed,
        "usd_per_second": dict(one.prices.usd) if one.prices else None,
        "price_source": one.prices.source if one.prices else None,
        "price_date": one.prices.date if one.prices else None,
        "keys": list(one.settings),
        "keys_set": all(os.environ.get(name) for name in one.settings),
    }


def _facts(one: Provider) -> Iterator[str]:
    """A provider as a person reads it."""
    limits = one.limits
    both = "first frame and references together" if "combined" in one.modes else "first frame or references"
    seeds = "seeds" if limits.takes_seed else "no seeds"
    yield f"{one.name}: {one.title}, {one.model}"
    yield (
        f"  clips of {limits.min_seconds}–{limits.max_seconds} s, {limits.max_references} references,"
        f" prompts of {limits.max_characters} characters, {both}"
    )
    yield f"  {', '.join(limits.aspects)}; {', '.join(limits.resolutions)}; {seeds}; {one.dialect.name}"
    if not one.settings:
        yield "  free"
        return
    if one.prices is None:
        yield "  price not public"
    else:
        rates = ", ".join(f"${usd:g}/s {name}" for name, usd in one.prices.usd.items())
        yield f"  {rates} (from {one.prices.source}, {one.prices.date})"
    keys = [f"{name} is {'set' if os.environ.get(name) else 'not set'}" for name in one.settings]
    yield f"  keys: {', '.join(keys)}"


@click.command()
@click.argument("name", required=False)
def explain(name: str | None) -> int:
    """Explain a finding by its name; without one, list the names."""
    from storyforge.model.errors import UsageError
    from storyforge.model.spelling import nearest
    from storyforge.reports.explain import explain as words_for
    from storyforge.reports.explain import rule_names

    if name is None:
        click.echo("\n".join(rule_names()))
        return 0
    words = words_for(name)
    if words is None:
        near = nearest(name, rule_names())
        raise UsageError(
            f"no finding is called `{name}`",
            f"did you mean `{near}`?" if near else "`storyforge explain` lists the names",
        )
    click.echo(words)
    return 0


@click.command()
@formats("text", "json")
def doctor(form: str) -> int:
    """Say what this machine has and what is missing."""
    from storyforge.reports.machine import examine_machine

    findings = examine_machine(Path.cwd())
    if form == "json":
        print_json(
            {
                "storyforge": 1,
                "checks": [{"name": one.name, "state": one.state, "message": one.message} for one in findings],
            }
        )
    else:
        signs = {"fine": "ok     ", "note": "note   ", "missing": "missing"}
        for one in findings:
            click.echo(f"{signs[one.state]}  {one.name}: {one.message}")
    return int(any(one.state == "missing" for one in findings))


COMMANDS: Sequence[click.Command] = (init, schema, providers, explain, doctor)
