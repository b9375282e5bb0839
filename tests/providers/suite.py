"""What every provider must do. A new one joins with a class of a few lines; `test_joypix.py` is the shortest to copy.

`orders/NAME.json` holds the address and the exact body of one shot (`job_for`) in each mode. A host also brings
`schemas/NAME.json`: the requests that it accepts, whole, with address and body, written from its documentation and not
from our code. Keys that it may be spared are listed with the `default` it would take instead, so that an order which
leaves one out is seen. `x-drawn-by-host` marks a value that it would draw by lot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, replace
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

import jsonschema  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest

from storyforge.model.capabilities import ALL_ASPECTS, ALL_MODES, Mode
from storyforge.model.clip import Job
from storyforge.model.messages import Request
from storyforge.providers import PROVIDERS, find_provider
from storyforge.providers.base import Provider

from .talk import Conversing

ORDERS = Path(__file__).parent / "orders"
SCHEMAS = Path(__file__).parent / "schemas"

MIRA, OTTO, DOOR = (f"sf:sha256:{digit * 64}" for digit in "abc")
MANY = tuple(f"sf:sha256:{number:064x}" for number in range(30))
HOSTED = {
    MIRA: "https://pictures.example/mira.png",
    OTTO: "https://pictures.example/otto.png",
    DOOR: "https://pictures.example/door.png",
}

NO_PROMPT_BESIDE_A_FRAME: Mapping[Mode, frozenset[str]] = {"image-to-video": frozenset({"prompt"})}

PANEL = {
    "shot": "lamp-1",
    "cast": [{"id": "mira", "picture": MIRA}, {"id": "otto", "picture": OTTO}],
    "scene": {"id": "lamp-room", "picture": None},
}


def job_for(provider: type[Provider], mode: Mode, words: str) -> Job:
    """Eight seconds in 16:9 and 720p with seed 7, two references, a first frame; what the mode has no use for is not
    in it."""
    return Job(
        clip="lamp-1",
        provider=provider.name,
        mode=mode,
        prompt=words,
        references=(MIRA, OTTO) if mode in ("reference-to-video", "combined") else (),
        first_frame=DOOR if mode in ("image-to-video", "combined") else None,
        seconds=8,
        resolution="720p",
        aspect="16:9",
        size=(1280, 720),
        fps=24,
        seed=7,
        take=1,
        extra={},
        panels=(PANEL,),
        language="en",
        slate={},
        fingerprint="0f" * 32,
    )


class Conformance:
    """Of every provider, the animatic too."""

    provider: ClassVar[type[Provider]]
    words: ClassVar[str] = "The keeper from the first reference image greets the operator from the second."
    parameters: ClassVar[tuple[str | int, ...]] = ()
    """Where in the body an author's extra fields are laid."""
    hosted: ClassVar[Mapping[str, str]] = HOSTED
    """What the host is given for the pictures."""

    def job(self, mode: Mode, **changes: Any) -> Job:
        return replace(job_for(self.provider, mode, self.words), **changes)

    def test_it_is_in_the_list(self) -> None:
        assert self.provider in PROVIDERS

    def test_orders_are_exactly_as_written_down(self) -> None:
        orders = json.loads((ORDERS / f"{self.provider.name}.json").read_text(encoding="utf-8"))
        assert orders.keys() == set(self.provider.modes)
        for mode in self.provider.modes:
            request = self.provider().order(self.job(mode), self.hosted)
            assert request == Request("POST", **orders[mode]), mode
            assert json.dumps(request.json) == json.dumps(orders[mode]["json"]), f"{mode}: another order of keys"

    def test_a_mode_that_it_does_not_offer_is_never_ordered(self) -> None:
        for mode in set(ALL_MODES) - set(self.provider.modes):
            with pytest.raises(KeyError):
                self.provider().order(self.job(mode))

    def test_the_same_job_gives_the_same_bytes(self) -> None:
        for mode in self.provider.modes:
            first, second = (self.provider().order(self.job(mode), self.hosted) for _ in range(2))
            assert json.dumps(asdict(first)) == json.dumps(asdict(second))

    def test_a_body_is_plain_json(self) -> None:
        for mode in self.provider.modes:
            body = self.provider().order(self.job(mode)).json
            assert json.loads(json.dumps(body, allow_nan=False)) == body

    def test_pictures_stand_as_tokens_until_they_are_hosted(self) -> None:
        for mode in self.provider.modes:
            job = self.job(mode)
            before = json.dumps(self.provider().order(job).json)
            after = json.dumps(self.provider().order(job, self.hosted).json)
            for token in (*job.references, *([job.first_frame] if job.first_frame else [])):
                assert token in before
                assert token not in after
                assert self.hosted[token] in after

    def test_extra_fields_are_laid_over_the_parameters(self) -> None:
        extra = {"duration": 9, "surprise": {"deep": [1, 2]}}
        for mode in self.provider.modes:
            plain = self.provider().order(self.job(mode)).json
            asked = self.provider().order(self.job(mode, extra=extra)).json
            assert found(asked, self.parameters) == {**found(plain, self.parameters), **extra}
            assert extra == {"duration": 9, "surprise": {"deep": [1, 2]}}

    def test_a_base_address_redirects_every_order(self) -> None:
        for mode in self.provider.modes:
            path = self.provider().order(self.job(mode)).url.removeprefix(self.provider.base_url)
            elsewhere = self.provider("http://127.0.0.1:8765/there/").order(self.job(mode))
            assert elsewhere.url == f"http://127.0.0.1:8765/there{path}"

    def test_no_secret_is_in_a_request(self) -> None:
        secrets = {name: f"secret-{number}" for number, name in enumerate(self.provider.settings)}
        provider = find_provider(self.provider.name, secrets)
        assert provider is not None
        for mode in self.provider.modes:
            assert "secret-" not in json.dumps(asdict(provider.order(self.job(mode))))

    def test_prices_say_whence_and_when(self) -> None:
        if (prices := self.provider.prices) is not None:
            assert prices.usd.keys() == set(self.provider.limits.resolutions)
            assert prices.source
            assert date.fromisoformat(prices.date) <= date(2026, 11, 21)


class HostConformance(Conformance, Conversing):
    """Of every host: its own rules, as a schema, agree with what we order and with the limits we state."""

    may_go: ClassVar[Mapping[Mode, frozenset[str]]] = {}
    """Keys without which the host would take the order as well, for what it then means."""

    def test_whatever_the_limits_allow_is_accepted(self) -> None:
        limits = self.provider.limits
        schema, provider = schema_of(self.provider.name), self.provider()
        seconds = range(limits.min_seconds, limits.max_seconds + 1)
        for mode, aspect, resolution, seed, length in product(
            self.provider.modes, limits.aspects, limits.resolutions, (0, 7, 2147483647), seconds
        ):
            job = self.job(mode, aspect=aspect, resolution=resolution, seed=seed, seconds=length)
            if job.references:
                job = replace(job, references=MANY[: 1 + length % limits.max_references])
            request = said(provider.order(job))
            assert schema.is_valid(request), (request, [error.message for error in schema.iter_errors(request)])

    def test_the_fullest_clip_is_accepted(self) -> None:
        limits = self.provider.limits
        for mode in self.provider.modes:
            job = self.job(mode, prompt=self.words.ljust(limits.max_characters, "米"), seconds=limits.max_seconds)
            full = replace(job, references=MANY[: limits.max_references] if job.references else ())
            schema_of(self.provider.name).validate(said(self.provider().order(full)))

    def test_what_the_host_is_given_is_accepted(self) -> None:
        for mode in self.provider.modes:
            schema_of(self.provider.name).validate(said(self.provider().order(self.job(mode), self.hosted)))

    def test_a_clip_may_open_on_the_last_frame_of_another(self) -> None:
        for mode in self.provider.modes:
            if self.job(mode).first_frame:
                chained = self.provider().order(self.job(mode, first_frame="sf:last-frame:米拉-1.2"))
                schema_of(self.provider.name).validate(said(chained))

    def test_references_stand_in_slot_order(self) -> None:
        for mode in self.provider.modes:
            job = self.job(mode)
            for tokens in (job.references, job.references[::-1]):
                body = json.dumps(self.provider().order(replace(job, references=tokens)).json)
                assert sorted(tokens, key=body.index) == list(tokens)

    def test_nothing_is_left_to_the_hosts_default(self) -> None:
        schema = schema_of(self.provider.name)
        for mode in self.provider.modes:
            assert left_to_host(schema, said(self.provider().order(self.job(mode)))) == []

    def test_the_seed_is_sent_where_the_limits_say_so_and_nowhere_else(self) -> None:
        for mode in self.provider.modes:
            body = found(self.provider().order(self.job(mode, seed=0)).json, self.parameters)
            assert (body.get("seed") == 0) is ("seed" in body) is self.provider.limits.takes_seed

    def test_what_the_limits_leave_out_is_refused(self) -> None:
        """A clip that could have been ordered is not turned away, and the schema is not looser than the limits."""
        limits = self.provider.limits
        schema = schema_of(self.provider.name)
        shapes: list[dict[str, Any]] = [{"aspect": aspect} for aspect in ALL_ASPECTS if aspect not in limits.aspects]
        lengths = [{"seconds": limits.min_seconds - 1}, {"seconds": limits.max_seconds + 1}]
        words = [{"prompt": self.words.ljust(limits.max_characters + 1, ".")}]
        for mode, changes in product(self.provider.modes, shapes + lengths + words):
            if "aspect" in changes and self.job(mode).first_frame:
                continue  # not sent: the frame's shape wins
            assert not accepted(schema, self.provider(), self.job(mode, **changes)), (mode, changes)
        crowd = self.job("reference-to-video", references=MANY[: limits.max_references + 1])
        assert not accepted(schema, self.provider(), crowd)

    def test_a_broken_order_is_refused(self) -> None:
        schema = schema_of(self.provider.name)
        for mode in self.provider.modes:
            request = said(self.provider().order(self.job(mode), self.hosted))
            for what, broken in breakages(request):
                assert not schema.is_valid(broken), f"{mode}: {what} goes unnoticed"

    def test_a_missing_key_is_noticed(self) -> None:
        schema = schema_of(self.provider.name)
        for mode in self.provider.modes:
            request = said(self.provider().order(self.job(mode), self.hosted))
            unnoticed = {
                key
                for key, broken in omissions(request)
                if schema.is_valid(broken) and not left_to_host(schema, broken)
            }
            assert unnoticed == self.may_go.get(mode, frozenset()), mode


@cache
def schema_of(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def accepted(schema: jsonschema.Draft202012Validator, provider: Provider, job: Job) -> bool:
    try:
        return bool(schema.is_valid(said(provider.order(job))))
    except KeyError:  # the order cannot even be said
        return False


def left_to_host(schema: jsonschema.Draft202012Validator, request: Any) -> list[str]:
    """Keys that the request leaves out and could have had: the host would fill them in."""
    return [
        ".".join(map(str, (*path, key)))
        for path, key, value in _missing(schema, schema.schema, request)
        if schema.is_valid(_with(request, (*path, key), value))
    ]


def _missing(
    schema: jsonschema.Draft202012Validator, rule: Any, value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str, Any]]:
    if "$ref" in rule:
        yield from _missing(schema, schema.schema["$defs"][rule["$ref"].removeprefix("#/$defs/")], value, path)
    for branch in (*rule.get("oneOf", ()), *rule.get("anyOf", ())):
        if schema.evolve(schema={**branch, "$defs": schema.schema["$defs"]}).is_valid(value):
            yield from _missing(schema, branch, value, path)
    if isinstance(value, dict):
        for key, inner in rule.get("properties", {}).items():
            whole = {**schema.schema["$defs"][inner["$ref"].removeprefix("#/$defs/")]} if "$ref" in inner else inner
            if key in value:
                yield from _missing(schema, inner, value[key], (*path, key))
            elif "default" in whole or "x-drawn-by-host" in whole:
                yield path, key, whole.get("default", whole.get("x-drawn-by-host"))
    if isinstance(value, list) and "items" in rule:
        for index, item in enumerate(value):
            yield from _missing(schema, rule["items"], item, (*path, index))


BEYOND: Mapping[str, tuple[Any, ...]] = {
    "seed": (-1, 2147483648),
    "duration": (2, 16),
    "width": (0, 720, 1279, 4096),
    "height": (0, 719, 1280, 4096),
    "resolution": ("480p", "2160p", 720),
    "aspect_ratio": ("2:1", "16x9"),
    "aspectRatio": ("2:1", "16x9"),
    "prompt": ("a" * 2501,),
    "positivePrompt": ("a" * 2501,),
    "numberResults": (0, 5),
    "outputQuality": (19, 100),
    "taskUUID": ("0f0f0f0f-0f0f-1f0f-8f0f-0f0f0f0f0f0f",),
    "frame": ("last", 1),
}
"""Values that no host takes, by key."""

FREE = (
    "prompt",
    "positivePrompt",
    "image",
    "images",
    "image_urls",
    "referenceImages",
    "reference_image",
    "frameImages",
)
"""Keys whose texts may have any case."""


def breakages(request: Any) -> Iterator[tuple[str, Any]]:
    """A correct request, broken in one place each time."""
    for path, value in _places(request):
        where = ".".join(map(str, path)) or "the request"
        wrong: list[Any] = [None, [[value]], {"value": value}]
        match value:
            case dict():
                yield f"an unknown key in {where}", _with(request, (*path, "surprise"), 1)
                continue
            case list():
                wrong += [[], value * 10]
            case bool():
                wrong += ["true", 1]
            case int():
                wrong += [value + 0.5, str(value), *BEYOND[str(path[-1])]]
            case str():
                wrong += ["", 7, *BEYOND.get(str(path[-1]), ())]
                if not set(path) & set(FREE) and value != value.swapcase():
                    wrong.append(value.swapcase())
        for other in wrong:
            yield f"{where} = {other!r:.80}", _with(request, path, other)


def omissions(request: Any) -> Iterator[tuple[str, Any]]:
    """A correct request, each time without one of its keys."""
    for path, _ in _places(request):
        if path and isinstance(path[-1], str):
            broken = deepcopy(request)
            del found(broken, path[:-1])[path[-1]]
            yield path[-1], broken


def said(request: Request) -> dict[str, Any]:
    """What a host's schema is about: of the rest, its own tests speak."""
    return {"method": request.method, "url": request.url, "json": request.json}


def found(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield path, value
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from _places(inner, (*path, step))


def _with(value: Any, path: tuple[str | int, ...], other: Any) -> Any:
    if not path:
        return other
    changed = deepcopy(value)
    found(changed, path[:-1])[path[-1]] = other
    return changed
