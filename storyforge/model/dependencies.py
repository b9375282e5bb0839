"""What depends on what: an order in which everything comes after what it needs, and all that something needs."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def sort_by_dependency(before: Mapping[Name, Iterable[Name]]) -> list[Name]:
    """The keys, each after those that it depends on by `before`; what is no key counts for nothing.

    A cycle is broken at its first key, which comes before what it depends on.
    """
    followers: dict[Name, list[Name]] = {name: [] for name in before}
    missing = dict.fromkeys(before, 0)
    for name, needed in before.items():
        for one in {*needed} & before.keys():
            followers[one].append(name)
            missing[name] += 1
    order: dict[Name, None] = {}

    # By a queue and not by recursion: a chain may be as long as a film.
    def follow(ready: deque[Name]) -> None:
        while ready:
            name = ready.popleft()
            if name in order:
                continue
            order[name] = None
            for follower in followers[name]:
                missing[follower] -= 1
                if not missing[follower]:
                    ready.append(follower)

    follow(deque(name for name, count in missing.items() if not count))
    for name in before:  # those in a cycle are left
        follow(deque([name]))
    return list(order)


def collect_dependencies(names: Iterable[Name], before: Mapping[Name, Iterable[Name]]) -> list[Name]:
    """Some names and all that they depend on by `before`, each once: those given first, then what these need, and so
    on."""
    found: dict[Name, None] = {}
    waiting = deque(names)
    while waiting:
        name = waiting.popleft()
        if name not in found:
            found[name] = None
            waiting.extend(before.get(name, ()))
    return list(found)
