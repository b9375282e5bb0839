"""A host with the plainest dialect there can be, and a crew that can be sent home and called again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import formatdate

import httpx

from storyforge.model.capabilities import Prices
from storyforge.model.clip import Job
from storyforge.model.messages import Filmless, ListedJob, Listing, Placed, Ready, Recovery, Refused, Request, Wait
from storyforge.providers.host import Host
from storyforge.rendering.dispatcher import Dispatcher
from storyforge.rendering.terms import Terms
from storyforge.system.client import Client, Pace, hash_account
from storyforge.system.ledger import Intent, Ledger

START = 1_800_000_000.0
BASE = "https://fake.example/v1"


class Fake(Host):
    """A host with the plainest dialect there can be."""

    name = "fake"
    title = "Fake"
    model = "m-1"
    base_url = BASE
    settings = ("FAKE_API_KEY",)
    prices = Prices({"720p": 0.1}, source="nowhere", date="2026-11-21")
    recovery = Recovery.SAME
    id_seconds = 86_400.0
    early_refusals = frozenset({429, 503})
    at_once = 100
    pictures = "upload"

    def order(self, job, pictures=None):
        body = {"prompt": job.prompt, "key": job.fingerprint, "pictures": sorted((pictures or {}).values())}
        return Request("POST", f"{self.base_url}/orders", body)

    def with_callback(self, order, address):
        return replace(order, json={**order.json, "call": address})

    def authorization(self, keys):
        return {"Authorization": "Bearer key-0123456789"}

    def read_order(self, answer, order):
        said = answer.json
        return said["number"] if answer.status == 200 and "number" in said else self.read_refusal(answer, said)

    def collect(self, number):
        while True:
            said = (yield Request("GET", f"{self.base_url}/jobs/{number}")).json
            match said["state"]:
                case "done" if "film" not in said:
                    return Filmless("no address", said)
                case "done":
                    return Ready(said["film"], said.get("usd"))
                case "failed":
                    return Refused(said["reason"], "it broke")
            yield Wait(1.0)

    def find(self, order):
        answer = yield Request("GET", f"{self.base_url}/jobs")
        if answer.status != 200 or not isinstance(answer.json, list):
            return Listing((), f"HTTP {answer.status}", answer.date, answer.status in (401, 403))
        jobs = [ListedJob(job["number"], job["body"], job["created"]) for job in reversed(answer.json)]
        return Listing(tuple(jobs), None, answer.date)

    def upload(self, picture):
        said = (yield Request("PUT", f"{self.base_url}/pictures/{picture.name}", content=picture.content)).json
        return Placed(said["address"], 3600.0)


class Finding(Fake):
    recovery = Recovery.FIND
    id_seconds = None
    early_refusals = frozenset({429})


class Asking(Fake):
    recovery = Recovery.ASK
    id_seconds = None
    early_refusals = frozenset({429})


class Lost(Exception):
    """The answer to an order is lost; the order itself is accepted where `taken` says so."""

    def __init__(self, taken):
        super().__init__("lost")
        self.taken = taken


def told(said, status=200, headers=None):
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(json.dumps(said).encode()))


@dataclass
class Site:
    """The host's side: what it was sent, and what it says next to an order; without a word it accepts."""

    film: bytes
    bodies: list[bytes] = field(default_factory=list)
    """Of all orders that came, in their order."""
    jobs: dict[str, dict] = field(default_factory=dict)
    says: list = field(default_factory=list)
    """Answers to the next orders: a status with headers and words, or an exception."""
    ends: list = field(default_factory=list)
    """Reasons for which the next jobs fail."""
    listed: bool = True
    """Whether the list shows jobs."""
    lists: list = field(default_factory=list)
    """What the next looks at the list find: a status, JSON, or an exception."""
    clock: Callable[[], float] | None = None
    """The host's own; None tells no time."""
    filmless: bool = False
    """Whether the address of a film is missing where a job is done."""
    films: list = field(default_factory=list)
    """Bytes of the next downloads, or an HTTP status."""
    address: str = "https://films.example"
    polls: int = 0
    endless: bool = False
    slow: int = 0
    """Polls at which a job still runs."""
    pictures: list[str] = field(default_factory=list)
    fetched: int = 0
    looks: int = 0

    def answer(self, request):
        answer = self._answer(request)
        if self.clock:
            answer.headers["date"] = formatdate(self.clock(), usegmt=True)
        return answer

    def _answer(self, request):
        host, path = request.headers["host"], request.url.path
        if host == "films.example":
            return self._film()
        if request.method == "POST":
            return self._order(request)
        if request.method == "PUT":
            self.pictures.append(path.rpartition("/")[2])
            return told({"address": f"id-{len(self.pictures)}"})
        if path.endswith("/jobs"):
            return self._list()
        self.polls += 1
        job = self.jobs[path.rpartition("/")[2]]
        job["polls"] = job.get("polls", 0) + 1
        if self.endless or job["polls"] <= self.slow:
            return told({"state": "running"})
        if job["reason"]:
            return told({"state": "failed", "reason": job["reason"]})
        if self.filmless:
            return told({"state": "done", "address": f"{self.address}/1.mp4", "key": "key-0123456789"})
        return told({"state": "done", "film": f"{self.address}/1.mp4", "usd": 0.25})

    def _list(self):
        self.looks += 1
        said = self.lists.pop(0) if self.lists else None
        if isinstance(said, Exception):
            raise said
        if said is not None:
            return told({}, said) if isinstance(said, int) else told(said)
        found = [
            {"number": number, "body": job["body"], "created": job.get("created")} for number, job in self.jobs.items()
        ]
        return told(found if self.listed else [])

    def _order(self, request):
        self.bodies.append(request.content)
        said = self.says.pop(0) if self.says else None
        if isinstance(said, Lost):
            if said.taken:
                self._accept(request)
            raise httpx.ReadError("the line broke")
        if isinstance(said, Exception):
            raise said
        if said is not None:
            status, headers, words = said
            return told({"message": words}, status, headers)
        return told({"number": self._accept(request)})

    def _accept(self, request):
        body = json.loads(request.content)
        for number, job in self.jobs.items():
            if job["body"]["key"] == body["key"]:
                return number  # the same again is the same job
        number = f"job-{len(self.jobs) + 1}"
        created = self.clock() if self.clock else None
        self.jobs[number] = {"body": body, "reason": self.ends.pop(0) if self.ends else None, "created": created}
        return number

    def _film(self):
        self.fetched += 1
        said = self.films.pop(0) if self.films else self.film
        status, body = (said, b"") if isinstance(said, int) else (200, said)
        return httpx.Response(status, stream=httpx.ByteStream(body))


@dataclass
class Stage:
    """A crew that can be sent home and called again, with one ledger and one clock."""

    ledger: Ledger
    site: Site
    folder: object
    clock: float = START
    notes: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    terms: Terms = field(default_factory=lambda: Terms("film"))

    def now(self):
        return self.clock

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.clock += seconds
        await asyncio.sleep(0)

    def __post_init__(self):
        self.site.clock = self.now

    def wire(self, host):
        async def resolve(name, port):
            return ["93.184.216.34"]

        return Client(
            BASE,
            host.authorization({}),
            pace=Pace(first=1.0, fixed=True),
            transport=httpx.MockTransport(self.site.answer),
            resolve=resolve,
            sleep=self.sleep,
            now=self.now,
        )

    def run(self, *jobs, host=None, given=None, keep=True):
        """One run: each job's end, an exception or None."""

        async def whole():
            crew = Dispatcher(
                self.ledger, self.terms, self.notes.append, open_wire=self.wire, now=self.now, sleep=self.sleep
            )
            async with asyncio.timeout(60), crew:

                async def one(job):
                    out = self.folder / f"{job.fingerprint}.mp4"
                    await crew.render(job, host or Fake(), given or {}, out, lambda share: None)
                    if keep:
                        crew.mark_done(job.fingerprint)

                return await asyncio.gather(*map(one, jobs), return_exceptions=True)

        return asyncio.run(whole())

    def planned(self, job, host=None, number=None, fate="sending", key=None, before=None):
        """What a dead run left behind; `before` is the host's own time at its last answer before that died."""
        request = (host or Fake()).order(job)
        content = json.dumps(request.json, ensure_ascii=False, separators=(",", ":")).encode()
        order = self.ledger.plan(
            Intent(
                job.fingerprint,
                "fake",
                "m-1",
                job.clip,
                "film",
                replace(request, content=content),
                3,
                0.3,
                1,
                job.slate,
            ),
            self.clock,
        )
        if fate != "planned":
            self.ledger.sending(order, self.clock, hash_account(key or Fake().authorization({})), before)
        if fate == "sent":
            self.ledger.mark_sent(order, number)
        elif fate not in ("planned", "sending"):
            self.ledger.mark_ended(order, fate, self.clock, "no")
        return content

    def fates(self):
        return [order.status for order in self.ledger.orders()]


def job(clip="a", prompt="Rain.", fingerprint=None):
    return Job(
        clip, "fake", "text-to-video", prompt, (), None, 3, "720p", "16:9", (1280, 720), 24, 7, 1, {}, (), "en", {},
        fingerprint or f"f-{clip}",
    )  # fmt: skip


def settled(done):
    """The only end of a run of one job, if it is a failure."""
    (end,) = done
    return end
