"""Which fields an author may add to a provider's orders: all that StoryForge does not set itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from storyforge.model.capabilities import Mode
from storyforge.model.clip import Job
from storyforge.providers.base import Provider
from storyforge.providers.host import Host

MARK = "\0"
"""A field that no provider has, to see where `extra` is laid in an order."""


def find_clashes(provider: Provider, extra: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Paths of fields in `extra` that orders to a provider set themselves, in any mode; none where all may be added."""
    found: dict[tuple[str, ...], None] = {}
    for mode in provider.modes:
        # Asked of real orders: a list of fields kept by hand would not be the fields that are sent.
        for parameters in _find_marked(_order(provider, mode, {MARK: None})):
            found |= dict.fromkeys(_list_shared(parameters, extra))
    return list(found)


def _find_marked(body: Any) -> Iterator[Mapping[str, Any]]:
    """The mapping in an order over which `extra` was laid."""
    if isinstance(body, Mapping):
        if MARK in body:
            yield body
        body = list(body.values())
    for inner in body if isinstance(body, list) else ():
        yield from _find_marked(inner)


def _list_shared(own: Mapping[str, Any], extra: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Paths of fields that are in both; of mappings that are merged, those of what is inside."""
    for name, value in extra.items():
        if name in own:
            inner = own[name]
            if isinstance(value, Mapping) and value and isinstance(inner, Mapping):
                yield from ((name, *rest) for rest in _list_shared(inner, value))
            else:
                yield (name,)


def _order(provider: Provider, mode: Mode, extra: Mapping[str, Any]) -> Any:
    """The body of an order with a callback, which is all that may be set."""
    has_frame, has_references = mode in ("image-to-video", "combined"), mode in ("reference-to-video", "combined")
    job = Job(
        clip="clip",
        provider=provider.name,
        mode=mode,
        prompt="prompt",
        references=("reference",) if has_references else (),
        first_frame="frame" if has_frame else None,
        seconds=provider.limits.min_seconds,
        resolution=provider.limits.resolutions[0],
        aspect=provider.limits.aspects[0],
        size=(16, 9),
        fps=24,
        seed=1,
        take=1,
        extra=extra,
        panels=(),
        language="en",
        slate={},
        fingerprint="0" * 64,
    )
    order = provider.order(job)
    return (provider.with_callback(order, "https://example.com") if isinstance(provider, Host) else order).json
