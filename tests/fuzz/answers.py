"""What hosts answer: their own conversations with values retyped, keys repeated, lies told, and films that lead astray."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, cast

import httpx
from providers.suite import job_for
from providers.talk import KEY_NAMES, NUMBERS, PIXELS, SAID, STATUSES, wire

from storyforge.model.capabilities import Mode
from storyforge.model.messages import Answer, Ready, Step
from storyforge.providers import PROVIDERS
from storyforge.providers.host import Host
from storyforge.system.client import Client, Pace
from storyforge.system.http import find_origin
from storyforge.system.secrets import secrets

from .damage import ODD, retype, spoil_bytes
from .watching import KEY, Watched, watch

HOSTS = tuple(kind for kind in PROVIDERS if issubclass(kind, Host))

MOST = 40
"""Answers after which a host refuses the key, which ends every conversation."""

INSIDE = ("127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fd00::1", "0.0.0.0", "::ffff:10.0.0.7", "192.168.1.1")
"""Addresses that nothing is fetched from."""
OUTSIDE = "93.184.216.34"

PLACES = (
    *("https://films.example/1.mp4", "http://films.example/1.mp4", "https://inside.example/1.mp4", "ftp://x.example/1"),
    *(
        "https://127.0.0.1/1.mp4",
        "https://[::1]/1",
        "https://2130706433/1",
        "file:///etc/passwd",
        "https://u:p@x.example/",
    ),
    *(
        "//films.example/1",
        "/1.mp4",
        "https://x.example:99999/",
        "https://",
        "https://films.example/?sig=" + KEY,
        "\x00",
    ),
    *(
        "https://169.254.169.254/latest/meta-data",
        "javascript:1",
        "https://é.example/ü?a=b#c",
        "https://0x7f.1/1",
        "data:,x",
    ),
)
"""Addresses of films, few of which are any."""

WORDS = (
    f"invalid key {KEY}",
    f"Bearer {KEY}",
    f"https://x.example/?api_key={KEY}",
    "x" * 700 + KEY,
    f"{KEY[:-1]}",
    *SAID,
)
HEADERS = (
    *(
        ("Retry-After", "9" * 400),
        ("Retry-After", "-1"),
        ("Retry-After", "soon"),
        ("Retry-After", "Mon, 99 Foo 2026 00:00"),
    ),
    *(
        ("Date", "yesterday"),
        ("Date", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ("Content-Type", "\xff"),
        ("Content-Length", "7"),
    ),
    *(("Content-Encoding", "gzip"), ("Content-Length", "x"), ("x-storyforge-emulator", "1"), ("Location", "/")),
    *(
        ("Set-Cookie", f"key={KEY}"),
        ("Content-Length", "-1"),
        ("Content-Length", "9" * 40),
        ("Transfer-Encoding", "chunked"),
    ),
)


@dataclass(frozen=True)
class Case:
    """A host, what is asked of it, and what it answers one after the other: status, headers, body."""

    host: str
    kind: str
    number: str
    answers: tuple[tuple[int, tuple[tuple[str, str], ...], bytes], ...]
    seed: int


def make(seed: int) -> Case:
    """The case of a seed."""
    chance = Random(seed)
    host = chance.choice(HOSTS)
    kinds = wire(host.name)
    kind = chance.choice(("order", "collect", "collect", *kinds, "callback"))
    if kind in kinds:
        written = chance.choice(list(kinds[kind].values()))
        asks = [one for one in written.get("asks", [written]) for _ in range(min(one.get("times", 1), 3))]
    else:
        written, asks = {}, [{"json": {}}]
    answers = tuple(draw_answer(chance, ask) for ask in asks)
    films = tuple(draw_film(chance) for _ in range(3))
    return Case(host.name, kind, written.get("number", "n-1"), answers + films, seed)


def draw_answer(chance: Random, ask: dict[str, Any]) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """An answer of a host: as it is written, or with something wrong in it, or nothing that was ever said."""
    status = chance.choice(STATUSES) if chance.random() < 0.2 else ask.get("status", 200)
    headers = tuple(chance.sample(HEADERS, chance.choice((0, 0, 0, 1, 2))))
    said = ask.get("json", {})
    if chance.random() < 0.15:
        said = draw_json(chance, 0)
    elif chance.random() < 0.7:
        odd = (*ODD, *WORDS, *PLACES, *NUMBERS)
        said = retype(chance, said, chance.choice((0.03, 0.1, 0.3)), odd)
    if chance.random() < 0.2:
        said, status = repeat_key(chance, said), chance.choice((status, 400, 401, 402, 429, 500))
    body = json.dumps(said).encode()
    if chance.random() < 0.1:
        body = spoil_bytes(chance, body)
    return status, headers, body


def draw_json(chance: Random, depth: int) -> Any:
    """JSON in the words that hosts use, in no order that they would."""
    if depth > 4 or chance.random() < 0.3:
        return chance.choice((*WORDS, *NUMBERS, *PLACES, None, [], {}))
    if chance.random() < 0.3:
        return [draw_json(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    return {chance.choice(KEY_NAMES): draw_json(chance, depth + 1) for _ in range(chance.randint(0, 6))}


def repeat_key(chance: Random, said: Any) -> Any:
    """What a host says, with our key among the words of its errors."""
    told = {chance.choice(("message", "error", "detail", "code")): chance.choice(WORDS[:5])}
    if isinstance(said, dict) and chance.random() < 0.5:
        return said | told
    return chance.choice((told, {"errors": [told]}, {"error": told}, {"data": {"status": "failed", **told}}))


def draw_film(chance: Random) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """What comes where a film is said to be: bytes, an error, or a redirect."""
    if chance.random() < 0.4:
        return chance.choice((301, 302, 307, 308)), (("Location", chance.choice(PLACES)),), b""
    return chance.choice((200, 200, 206, 404, 500)), tuple(chance.sample(HEADERS, chance.choice((0, 1)))), b"film" * 9


def run(case: Case, folder: Path) -> list[str]:
    """The faults that the case finds."""
    kind = next(one for one in HOSTS if one.name == case.host)
    with watch(folder) as watched:
        host = kind()
        keys = dict.fromkeys(host.settings, KEY)
        secrets.add(*keys.values())
        if case.kind == "callback":
            read_callbacks(case, host, watched)
        else:
            asyncio.run(converse(case, host, keys, watched))
    return watched.faults


def read_callbacks(case: Case, host: Host, watched: Watched) -> None:
    """Calls to us, signed by whoever likes."""
    chance = Random(case.seed + 1)
    names = ("webhook-id", "webhook-timestamp", "webhook-signature", "x-hiapi-timestamp", "x-hiapi-signature")
    for _, _, body in case.answers:
        headers = {name: chance.choice(("", "v3,é", "1795262400", "0" * 64, "x" * 999, "\ud800")) for name in names}
        with watched.allow_errors("a call to us"):
            host.read_callback(headers, body, chance.choice((None, "whsec_s", "s")), 1_795_262_400.0)


async def converse(case: Case, host: Host, keys: dict[str, str], watched: Watched) -> None:
    """Asks, reads what is answered, and fetches a film where one is said to be."""
    chance, told = Random(case.seed + 1), f"{case.host}: {case.kind}"
    answers, given, notes = iter(case.answers), 0, list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal given
        given += 1
        # Keys are sent to their host alone; what is called by an address has its name in a header.
        name = str(request.extensions.get("sni_hostname") or request.url.host)
        at_home = find_origin(request.url) == find_origin(httpx.URL(host.base_url))
        if "authorization" in request.headers and not at_home:
            watched.faults.append(f"{told}: a key is sent to {name}")
        if request.url.host in INSIDE:
            watched.faults.append(f"{told}: {request.url.host} is called")
        status, headers, body = next(answers, (401, (), b"{}")) if given < MOST else (401, (), b"{}")
        raw = [(key.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for key, value in headers]
        return httpx.Response(status, headers=raw, stream=httpx.ByteStream(body))

    async def resolve(name: str, port: int) -> list[str]:
        return [chance.choice(INSIDE)] if "inside" in name else [OUTSIDE]

    async def sleep(seconds: float) -> None:
        if not 0 <= seconds <= 600:
            watched.faults.append(f"{told}: waits {seconds} s")

    client = Client(
        host.base_url,
        host.authorization(keys),
        pace=Pace(random=Random(case.seed)),
        note=notes.append,
        transport=httpx.MockTransport(answer),
        resolve=resolve,
        sleep=sleep,
    )
    order = host.order(job_for(type(host), cast(Mode, host.modes[-1]), "A keeper waits."))
    end: Any = None
    take = watched.project / "take.mp4"
    with watched.allow_errors(told):
        async with client:
            if case.kind == "order":
                end = host.read_order(await client.send(order), order)
            else:
                end = await client.talk(begin(case, host, order))
            if isinstance(end, Ready):
                await client.download(end.url, take)
    # A film is kept as it was served, whatever a host has written into it.
    take.unlink(missing_ok=True)
    # The address of a film may hold whatever the host likes: it is not shown, but fetched.
    watched.look_for_key(" ".join([*notes, "" if isinstance(end, Ready) else repr(end)]), told)


def begin(case: Case, host: Host, order: Any) -> Generator[Step, Answer | None, Any]:
    """The conversation of a case."""
    match case.kind:
        case "collect":
            return host.collect(case.number)
        case "upload":
            return host.upload(PIXELS)
        case "find":
            return host.find(order)
        case _:
            return host.price(order)
