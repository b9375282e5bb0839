"""The command line. `--help` answers at once: what a command needs is imported when it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping
from gc import set_threshold
from importlib import import_module

import click

from storyforge.cli.printer import close_streams, open_streams, print_error, print_hint, print_line, print_text
from storyforge.model.errors import StoryForgeError, explain_fault
from storyforge.version import __version__

MODULES = {
    name: f"storyforge.cli.{name.replace('-', '_')}"
    for name in (
        *("accept", "check", "compile", "diff", "doctor", "emulate", "explain", "fmt", "gc", "init", "merge-lock"),
        *("plan", "providers", "pull", "push", "rename", "render", "resolve", "retake", "schema", "spend", "takes"),
        *("textconv", "trust", "use", "watch"),
    )
}
"""The commands, each with its module, which holds a function of the module's name."""


class Commands(MutableMapping[str, click.Command]):
    """The commands by name, each imported when it is first asked for."""

    def __init__(self) -> None:
        self._added: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name in MODULES and name not in self._added:
            path = MODULES[name]
            self._added[name] = getattr(import_module(path), path.rpartition(".")[2])
        return self._added[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._added[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError("commands are not taken away")

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*MODULES, *self._added)))

    def __len__(self) -> int:
        return len(list(iter(self)))


@click.group(commands=Commands(), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="storyforge")
def cli() -> None:
    """A compiler from a storyboard to a film.

    \b
    storyforge init my-film                    a small film to start from
    storyforge render my-film/film.story.yaml  the film, offline and for nothing
    """


def main() -> None:
    """Runs the command line and ends the process with its exit code; a mistake or an interrupt is no traceback."""
    set_threshold(50_000, 20, 20)  # imports make many objects that stay, and Python would look for cycles in them
    open_streams()
    try:
        # Not standalone: click would print mistakes in a form of its own, and end an interrupt with 1.
        code = cli.main(prog_name="storyforge", standalone_mode=False)
    except click.ClickException as wrong:
        code = wrong.exit_code
        said = wrong.format_message().rstrip(".")
        # Without a command click raises its whole help as the error.
        asked_nothing = said.startswith("Usage:")
        print_text(said, err=True) if asked_nothing else print_line(f"error: {said[:1].lower()}{said[1:]}", err=True)
        if isinstance(wrong, click.UsageError) and wrong.ctx and not asked_nothing:
            print_hint(f"`{wrong.ctx.command_path} --help` says how it is used")
    except (KeyboardInterrupt, click.Abort):
        print_text("\nstopped; what was finished is kept, run again to go on", err=True)
        code = 130
    except StoryForgeError as fault:
        print_error(fault)
        code = fault.exit_code
    # What no encoding here can say is said as far as it can be; a name of a file is the one text that comes so far.
    except UnicodeEncodeError as fault:
        print_line(f"error: `{fault.object}` cannot be written in {fault.encoding}", err=True)
        print_hint("rename what is not in UTF-8, or set `PYTHONUTF8=1`")
        code = 1
    except BrokenPipeError:
        # The reader of our output has gone: nothing is left to say.
        code = 1
    # A disk that is full, or stdout that nobody can write to, is no bug of ours that a traceback would help to find.
    except OSError as fault:
        what, hint = explain_fault(fault)
        print_line(f"error: {what}", err=True)
        print_hint(hint)
        code = 1
    close_streams()
    sys.exit(code if isinstance(code, int) else 0)
