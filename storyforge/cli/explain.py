"""`explain`: explains a finding by its name."""

from __future__ import annotations

import click

from storyforge.cli.printer import print_lines, print_text


@click.command()
@click.argument("name", required=False)
def explain(name: str | None) -> int:
    """Explain a finding by its name; without one, list the names."""
    from storyforge.model.errors import UsageError
    from storyforge.model.spelling import nearest
    from storyforge.reports.explain import explain as words_for
    from storyforge.reports.explain import rule_names

    if name is None:
        print_lines(rule_names())
        return 0
    words = words_for(name)
    if words is None:
        near = nearest(name, rule_names())
        raise UsageError(
            f"no finding is called `{name}`",
            f"did you mean `{near}`?" if near else "`storyforge explain` lists the names",
        )
    print_text(words)
    return 0
