"""`emulate`: a server on this machine that answers as the hosts do."""

from __future__ import annotations

from pathlib import Path

import click

from storyforge.cli.options import formats
from storyforge.cli.printer import print_json, print_line, print_lines


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Where it listens. [default: any free one]"
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep jobs and uploads here over restarts.",
)
@click.option(
    "--log",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write every request as a line of JSON, without keys.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME[:P|:Nx|:Ns][@HOST]",
    help="A fault with a probability, for the first N times, or of N seconds; may be repeated.",
)
@click.option("--seed", type=int, default=0, metavar="N", help="Where the dice of faults start.")
@click.option(
    "--delay",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a job takes at least.",
)
@click.option(
    "--slow",
    type=click.FloatRange(0),
    default=90.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a slow answer takes.",
)
@click.option(
    "--card", is_flag=True, help="Return small test cards of the right length and shape instead of drawn films."
)
@click.option("--webhook-secret", metavar="TEXT", help="What callbacks are signed with.")
@click.option("--list-faults", is_flag=True, help="Name all faults and end.")
@formats("text", "json")
def emulate(
    port: int,
    state: Path | None,
    log: Path | None,
    faults: tuple[str, ...],
    seed: int,
    delay: float,
    slow: float,
    card: bool,
    webhook_secret: str | None,
    list_faults: bool,
    form: str,
) -> int:
    """Answer as all hosts do, on this machine and for nothing.

    Any key is taken; `bad` is refused, `poor-…` has no money, `forbidden-…` no permission. Runware's WebSocket and its
    `modelSearch` are not served, nor are WaveSpeedAI's `video-extend` and HiAPI's `/storages`.

    \b
    storyforge emulate > addresses &
    until [ -s addresses ]; do sleep 1; done; . ./addresses
    """
    import tempfile
    from contextlib import ExitStack

    if list_faults:
        _list_faults(form)
        return 0
    # Brings a web server and the drawing with it, which a list of faults can do without.
    from storyforge.emulator import Emulator

    with ExitStack() as stack:
        folder = state or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storyforge-emulator-")))
        emulator = Emulator(
            folder,
            port=port,
            log=log,
            faults=faults,
            seed=seed,
            delay=delay,
            slow=slow,
            card=card,
            webhook_secret=webhook_secret,
        )
        if form == "json":
            print_json({"storyforge": 1, "url": emulator.url, "environment": emulator.environment()})
        else:
            # In one write: who waits for the file to be filled reads all of it.
            print_lines(f"export {name}={base}" for name, base in emulator.environment().items())
        # Not on stdout, which a shell reads as commands: `. ./addresses`.
        print_line("answering until interrupted; any key is taken", err=True)
        return emulator.serve()


def _list_faults(form: str) -> None:
    from storyforge.emulator.faults import FAULTS, HOSTS

    if form == "json":
        told = [{"name": fault.name, "line": fault.line, "hosts": list(fault.hosts)} for fault in FAULTS]
        print_json({"storyforge": 1, "faults": told})
        return
    for fault in FAULTS:
        only = "" if fault.hosts == HOSTS else f" ({', '.join(fault.hosts)} only)"
        print_line(f"{fault.name:<24} {fault.line}{only}")
