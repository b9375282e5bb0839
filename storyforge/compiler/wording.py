"""Fills in the templates that prompts are written from: ours in this process, a project's own in a process apart.

A template runs in a sandbox, from which nothing can be read or called; but a few words may keep it busy for ever, or
fill the memory. So as soon as one is the project's own, all are filled in where there are limits to both.
"""

from __future__ import annotations

import json
import re
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from storyforge.compiler.grammar import join_list, start_sentence
from storyforge.compiler.templates import Templates
from storyforge.model.diagnostics import Diagnostic, Location
from storyforge.model.errors import MediaError
from storyforge.system.worker_limits import spare_memory
from storyforge.system.workers import find_workers

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")

LONGEST = 100_000
"""Characters that a template may give: many times what any host takes."""

PATIENCE = 10.0
"""Seconds that the templates of a project may take for a film in one dialect."""

SLOW = f"it takes more than {PATIENCE:g} seconds"

GRACE = 2.0
"""Seconds after which a template is ended that could not be interrupted."""

ROOM = 256 << 20
"""Bytes that a template may take."""

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|\\x[eE][dD]")
"""How half a character is written in a template."""

Source = tuple[str, str] | None
"""A template's text and its file; None where there is none."""


class TemplateFault(Exception):
    """A project's own template is broken; carries the finding."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Wording(Protocol):
    """Who fills in templates. Each raises TemplateFault where one is broken."""

    def load(self, names: Sequence[str]) -> None:
        """Reads templates, which may be broken already."""

    def say(self, name: str, given: Mapping[str, Any]) -> str:
        """What a template gives."""

    def point(self, name: str, macro: str, given: Sequence[Any]) -> str:
        """What a macro of a template gives."""


def find_wording(templates: Templates, names: Sequence[str]) -> Wording:
    """Who fills in templates of these names: this process, or one apart where any of them is the project's own."""
    made: Wording = WordingApart(templates) if any(map(templates.is_own, names)) else WordingHere(templates.find)
    made.load(names)
    return made


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja without what could spin or swell: no globals, a short list of filters, no multiplying."""

    # A text times a number, a power, or a width to pad to: each can fill the memory in one short expression.
    intercepted_binops = frozenset({"*", "**", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        # What templates are given is plain data in mappings, and to look there last takes most of the writing's time.
        return obj[attribute] if type(obj) is dict and attribute in obj else super().getattr(obj, attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"`{operator}` is not for templates")


class WordingHere:
    """Fills templates in at once, in this process."""

    def __init__(self, find: Callable[[str], tuple[str, Path | str] | None]) -> None:
        self._find = find
        environment = _Sandbox(
            loader=FunctionLoader(self._source),
            # A prompt is plain text and no HTML.
            autoescape=False,
            # A misspelt name is a finding, not a gap in a prompt that is paid for.
            undefined=StrictUndefined,
            keep_trailing_newline=False,
            trim_blocks=False,
        )
        kept = ("join", "first", "last", "length", "lower", "upper", "trim", "replace", "default")
        environment.filters = {name: environment.filters[name] for name in kept} | {
            "listed": join_list,
            "sentence": start_sentence,
            "ordinal": lambda n: ORDINALS[n - 1] if n <= len(ORDINALS) else f"{n}th",
        }
        environment.globals = {}
        self._environment = environment
        self._loaded: dict[str, Any] = {}
        self._modules: dict[str, Any] = {}

    def _source(self, name: str) -> tuple[str, str | None, Callable[[], bool]] | None:
        found = self._find(name)
        # Always up to date: a template that is edited meanwhile must not change half of the prompts.
        return found and (found[0], str(found[1]), lambda: True)

    def _template(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = self._environment.get_template(name)
        return self._loaded[name]

    def load(self, names: Sequence[str]) -> None:
        """As of `Wording`."""
        for name in names:
            with _guard(name):
                self._template(name)

    def say(self, name: str, given: Mapping[str, Any]) -> str:
        """As of `Wording`."""
        with _guard(name):
            return str(self._template(name).render(**given))

    def point(self, name: str, macro: str, given: Sequence[Any]) -> str:
        """As of `Wording`."""
        with _guard(name):
            if name not in self._modules:
                self._modules[name] = self._template(name).module
            module = self._modules[name]
            # A project's own dialect may be of a release that had no `owner`.
            other = "named" if macro == "owner" and not hasattr(module, macro) else macro
            return str(getattr(module, other)(*given))


class _TooLong(Exception):
    """A template took more than its time."""


class _Wanted(BaseException):
    """A template names another, which was not sent along."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@contextmanager
def _guard(name: str) -> Iterator[None]:
    """Whatever goes wrong in a template is a TemplateFault: its author wants a line number, not a traceback."""
    try:
        yield
    except (
        *(TemplateError, RecursionError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError),
        *(MemoryError, _TooLong),
    ) as fault:
        raise TemplateFault(_broken(fault, name)) from None


def _broken(fault: Exception, name: str) -> Diagnostic:
    """The finding that a template cannot be used, at the line that jinja or Python stopped on."""
    if isinstance(fault, TemplateSyntaxError):
        name, line = fault.name or name, fault.lineno
    else:
        frames = [frame for frame in traceback.extract_tb(fault.__traceback__) if frame.filename.endswith(".jinja")]
        name, line = (_short(frames[-1].filename), frames[-1].lineno or 1) if frames else (name, 1)
    match fault:
        case _TooLong():
            said = SLOW
        case MemoryError():
            said = "it takes more memory than it may"
        case _:
            said = str(fault).strip().split("\n")[0].rstrip(".") or type(fault).__name__
    return _finding(name, line, said)


def _finding(name: str, line: int, said: str) -> Diagnostic:
    return Diagnostic(
        "broken-template",
        "error",
        f"the template cannot be used: {said}",
        "fix it, or remove it to use the one that comes with StoryForge",
        location=Location(f"templates/{name}", line, 1),
    )


def _short(filename: str) -> str:
    """A template's path below its `templates/` folder."""
    return Path(filename).as_posix().rpartition("templates/")[2]


class WordingApart:
    """Has templates filled in by a process apart; all of them together may take `PATIENCE`."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._sources: dict[str, Source] = {}
        # Not for what a prompt says, but for how long to wait for it.
        self._left = PATIENCE

    def load(self, names: Sequence[str]) -> None:
        """As of `Wording`."""
        for name in names:
            self._ask("load", name, [name])

    def say(self, name: str, given: Mapping[str, Any]) -> str:
        """As of `Wording`."""
        return self._ask("say", name, given)

    def point(self, name: str, macro: str, given: Sequence[Any]) -> str:
        """As of `Wording`."""
        return self._ask("point", name, macro, given)

    def _ask(self, act: str, name: str, *given: Any) -> str:
        self._send(name)
        while True:
            if self._left <= 0:
                raise TemplateFault(_finding(name, 1, SLOW))
            begun = time.monotonic()
            try:
                found = (
                    find_workers()
                    # Where it cannot end itself, it is ended a little later, and then its line is not known.
                    .run(fill_in, f"`{name}`", self._sources, act, name, given, self._left, seconds=self._left + GRACE)
                    .found
                )
            except MediaError as fault:
                raise TemplateFault(_finding(name, 1, str(fault))) from None
            self._left -= time.monotonic() - begun
            match found:
                case {"text": str(text)}:
                    return text
                case {"broken": [str(other), int(line), str(said)]}:
                    raise TemplateFault(_finding(other, line, said))
                case {"wanted": str(other)} if other not in self._sources:
                    self._send(other)
                case _:
                    raise TemplateFault(_finding(name, 1, "its reader gave no sense"))

    def _send(self, name: str) -> None:
        if name not in self._sources:
            found = self._templates.find(name)
            self._sources[name] = found and (found[0], str(found[1]))


def fill_in(
    sources: dict[str, Source], act: str, name: str, given: Sequence[Any], seconds: float
) -> dict[str, str | list[Any]]:
    """What a template gives, in the process apart: its text, what is broken in it, or which other it wants."""
    try:
        with _within(seconds), spare_memory(ROOM):
            text = getattr(_wording(json.dumps(sources, sort_keys=True)), act)
            said = str(text(*((given[0],) if act == "load" else (name, *given))) or "")
    except _Wanted as wanted:
        return {"wanted": wanted.name}
    except _TooLong:  # between two lines of a template
        return {"broken": [name, 1, SLOW]}
    except TemplateFault as fault:
        place = fault.diagnostic.location
        assert place is not None
        told = fault.diagnostic.message.partition(": ")[2]
        return {"broken": [place.file.removeprefix("templates/"), place.line, told.encode(errors="replace").decode()]}
    if len(said) > LONGEST:
        return {"broken": [name, 1, f"it gives {len(said):,} characters, and {LONGEST:,} are taken"]}
    if any("\ud800" <= letter <= "\udfff" for letter in said):
        return {"broken": [name, _half_line(sources[name]), "it gives half a character"]}
    return {"text": said}


def _half_line(source: Source) -> int:
    """The line on which half a character is written; the first where it is not found."""
    lines = source[0].splitlines() if source else []
    return next((number for number, line in enumerate(lines, 1) if SURROGATE.search(line)), 1)


@lru_cache(maxsize=4)
def _wording(sources: str) -> WordingHere:
    known = json.loads(sources)

    def find(name: str) -> tuple[str, str] | None:
        if name not in known:
            raise _Wanted(name)
        return known[name] and (known[name][0], known[name][1])

    return WordingHere(find)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raises _TooLong in what runs when its time is over, where the system can."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
