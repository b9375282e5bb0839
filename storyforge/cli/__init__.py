"""The command line. `--help` answers at once: what a command needs is imported when it runs."""

from __future__ import annotations

import os
import sys
from gc import set_threshold

import click

from storyforge.cli import compile as compiling
from storyforge.cli import diff as revising
from storyforge.cli import emulate as emulating
from storyforge.cli import fmt as editing
from storyforge.cli import gc as sweeping
from storyforge.cli import init as project
from storyforge.cli import push as sharing
from storyforge.cli import render as rendering
from storyforge.cli import resolve as hosting
from storyforge.cli import retake as retaking
from storyforge.cli import spend as spending
from storyforge.cli import takes as choosing
from storyforge.cli import watch as watching
from storyforge.model.errors import StoryForgeError
from storyforge.version import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="storyforge")
def cli() -> None:
    """A compiler from a storyboard to a film.

    \b
    storyforge init my-film                    a small film to start from
    storyforge render my-film/film.story.yaml  the film, offline and for nothing
    """


GROUPS = (
    project,
    compiling,
    editing,
    rendering,
    choosing,
    retaking,
    revising,
    hosting,
    sharing,
    spending,
    sweeping,
    watching,
    emulating,
)

for command in (command for group in GROUPS for command in group.COMMANDS):
    cli.add_command(command)


def main() -> None:
    """Runs the command line and ends the process with its exit code; a mistake or an interrupt is no traceback."""
    set_threshold(50_000, 20, 20)  # imports make many objects that stay, and Python would look for circles in them
    try:
        code = cli.main(prog_name="storyforge", standalone_mode=False)
    except click.ClickException as wrong:
        code = wrong.exit_code
        said = wrong.format_message().rstrip(".")
        asked_nothing = said.startswith("Usage:")
        click.echo(said if asked_nothing else f"error: {said[:1].lower()}{said[1:]}", err=True)
        if isinstance(wrong, click.UsageError) and wrong.ctx and not asked_nothing:
            click.echo(f"  = hint: `{wrong.ctx.command_path} --help` says how it is used", err=True)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nstopped; what was finished is kept, run again to go on", err=True)
        code = 130
    except StoryForgeError as fault:
        click.echo(f"error: {fault}", err=True)
        if fault.hint:
            click.echo(f"  = hint: {fault.hint}", err=True)
        code = fault.exit_code
    except BrokenPipeError:
        # The reader of our output has gone: nothing is left to say, not even while Python closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as fault:
        what = fault.strerror or str(fault)
        click.echo(f"error: {what}: {fault.filename}" if fault.filename else f"error: {what}", err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
