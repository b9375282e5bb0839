"""What the five hosts have in common: a desk to work at, refusals, pictures, and the life of an order.

A host's own file says what a request may hold, how an answer looks and which words it uses; nothing else.
"""

from __future__ import annotations

import asyncio
import email.utils
import hashlib
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from storyforge.emulator.calls import Call, check_request
from storyforge.emulator.checks import Breach
from storyforge.emulator.clock import Clock
from storyforge.emulator.faults import Faults, Moment
from storyforge.emulator.films import EXPIRED, Films, Links
from storyforge.emulator.jobs import Film, Job, Store, token
from storyforge.emulator.lists import refuse_list
from storyforge.emulator.pictures import Picture, PictureLimits, check, fetch, look_at
from storyforge.emulator.refusals import FaultRefusal, Refusal
from storyforge.emulator.webhooks import Post, encode_body

WEEK = 7 * 86_400
HALF = "\ue000"
"""Takes the place of half a character until an answer is written."""
HUGE = 50


class Dropped(Response):
    """No answer, or the beginning of one: then the connection closes."""

    def __init__(self, content: bytes = b"", of: int = 0, media_type: str = "video/mp4") -> None:
        super().__init__(media_type=media_type)
        self.part = content
        self.of = of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.of:
            headers = [(b"content-type", (self.media_type or "").encode()), (b"content-length", str(self.of).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": self.part, "more_body": True})
        await scope["emulator.hang_up"](not self.of)


@dataclass(slots=True)
class Desk:
    """All that a host works with."""

    store: Store
    faults: Faults
    films: Films
    links: Links
    post: Post
    delay: float
    """Seconds that a job takes."""
    slow: float
    """Seconds that a slow answer takes."""
    webhook_secret: str | None
    clock: Clock

    @property
    def lag(self) -> float:
        """Seconds until a lagging job is seen in lists."""
        return max(0.5, 2 * self.delay)


Handler = Callable[[Request], Awaitable[Response]]


class Host(ABC):
    """One provider: routes under its name, its own words for every refusal, and the orders it accepts."""

    name: ClassVar[str]
    version: ClassVar[str] = ""
    """Path of the base address behind the name."""
    picture_forms: ClassVar[tuple[str, ...]] = ("url",)
    """How pictures may be given: `url`, `data` (a data URI), `base64`, `upload` (an id)."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.busy: set[asyncio.Task[None]] = set()

    @property
    def prefix(self) -> str:
        """Path of the base address, with the host's name before its own version."""
        return f"/{self.name}{self.version}"

    @property
    def base(self) -> str:
        """The base address, to be set as `NAME_BASE_URL`."""
        return self.desk.links.base + self.prefix

    calls: ClassVar[tuple[Call, ...]]
    """All that the host can be asked; any other method or path has no answer."""

    def routes(self) -> list[BaseRoute]:
        """A route for each of `calls`."""
        return [self._route(call) for call in self.calls]

    @abstractmethod
    def word_refusal(self, refusal: Refusal) -> Response:
        """A refusal in the host's own words."""

    async def call_back(self, job: Job) -> None:  # noqa: B027  # a host without callbacks tells nobody
        """Calls the address that an order gave, when its job has ended."""

    def _route(self, call: Call) -> Route:
        """A route that takes what its call demands, and whose refusals are worded by the host."""
        handler: Handler = getattr(self, call.handler)

        async def endpoint(request: Request) -> Response:
            try:
                check_request(call, request.headers, request.query_params)
                return await handler(request)
            except Refusal as refusal:
                return self.answer_refusal(self.spoil_words(refusal, request))

        route = Route(self.prefix + call.path, endpoint)
        route.methods = {call.method}  # not HEAD as well, which starlette adds to GET
        return route

    def spoil_words(self, refusal: Refusal, request: Request) -> Refusal:
        """A refusal with what faults add to its words."""
        if self.desk.faults.strike("echoed-key", self.name):
            refusal.message += f" ({request.headers.get('authorization', '').partition(' ')[2]} is the key)"
        if self.desk.faults.strike("half-character", self.name):
            refusal.message += HALF
        return refusal

    def answer_refusal(self, refusal: Refusal) -> Response:
        """The answer to a refused request: in the host's words, or for a fault no answer, HTML, or JSON without end."""
        match refusal.kind:
            case "drop":
                return Dropped()
            case "page":
                return HTMLResponse("<!doctype html><title>Gateway</title><h1>Bad gateway</h1>")
            case "huge":
                return StreamingResponse(_huge(), media_type="application/json")
        return self.word_refusal(refusal)

    # who asks, and what

    def account(self, request: Request) -> str:
        """Who asks, by the key; refuses keys that are missing, `bad` or `forbidden-…`."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return self.check_key(given.strip() if scheme.lower() == "bearer" else "")

    def check_key(self, key: str) -> str:
        """The account of a key, `poor-…` where it has no money. Refusal for no key, `bad` and `forbidden-…`."""
        if not key or key == "bad":
            raise Refusal("key", "the API key is missing or not valid", "apiKey")
        if key.startswith("forbidden-"):
            raise Refusal("forbidden", "this key may not do that")
        return ("poor-" if key.startswith("poor-") else "") + hashlib.sha256(key.encode()).hexdigest()[:12]

    async def json_object(self, request: Request) -> dict[str, Any]:
        """The body as a JSON object. Refusal where it is none."""
        body = parse_json(await request.body())
        if not isinstance(body, dict):
            raise Refusal("invalid", "the body is not a JSON object")
        return body

    def demand(self, breach: Breach | None) -> None:
        """Refuses a request for what was found wrong with it; None lets it pass."""
        if breach:
            raise Refusal(breach.what, breach.words, breach.name)

    # time

    def show_time(self, at: float | None = None) -> float:
        """A time, else now, as the host's own clock shows it."""
        # Only what is shown follows the fault `clock`: what is due or forgotten goes by the emulator's clock.
        return (self.desk.clock.time() if at is None else at) + self.desk.faults.seconds("clock", self.name)

    def running(self, job: Job, *words: str) -> str:
        """The host's word for how far a running job is, by its time."""
        return job.running(self.desk.clock.time(), *words)

    def share(self, job: Job) -> float:
        """How much of a running job is done, by its time."""
        return (self.desk.clock.time() - job.created) / max(job.delay, 0.01)

    def is_listed(self, job: Job) -> bool:
        """Whether lists and look-ups show a job already."""
        lag = self.desk.lag if "visibility-lag" in job.marks else 0.0
        return self.desk.clock.time() - job.created >= max(lag, self.desk.faults.seconds("late-list", self.name))

    # faults

    def before_order(self, account: str) -> None:
        """What may befall an order before it is accepted."""
        if account.startswith("poor-"):
            raise Refusal("credit", "the balance is too low")
        match self.desk.faults.first("before", self.name):
            case "reject-500":
                raise FaultRefusal("internal", "something went wrong")
            case "reject-drop":
                raise FaultRefusal("drop", "")
            case "429-seconds":
                raise FaultRefusal("rate", "too many requests", retry_after="1")
            case "429-date":
                raise FaultRefusal(
                    "rate", "too many requests", retry_after=email.utils.formatdate(self.show_time() + 1.5, usegmt=True)
                )
            case "503-before":
                raise FaultRefusal("unavailable", "the service is not available", retry_after="1")
            case "401":
                raise FaultRefusal("key", "the API key is missing or not valid", "apiKey")
            case "402":
                raise FaultRefusal("credit", "the balance is too low")
            case "403":
                raise FaultRefusal("forbidden", "this account may not use the model")
            case "moderation":
                raise FaultRefusal("moderation", "the content was flagged")
            case "invalid-parameter":
                raise FaultRefusal("invalid", "`duration` is not supported", "duration")
            case "mismatch-422":
                raise FaultRefusal("mismatch", "the idempotency key was used for another body")

    async def after_order(self) -> str | None:
        """What may befall an accepted order; names the faults that the host itself words."""
        struck = self.desk.faults.first("accepted", self.name)
        match struck:
            case "accept-then-500":
                raise FaultRefusal("internal", "something went wrong")
            case "accept-then-503":
                raise FaultRefusal("unavailable", "the service is not available")
            case "accept-then-drop":
                raise FaultRefusal("drop", "")
            case "accept-then-not-json":
                raise FaultRefusal("page", "")
            case "slow-answer":
                await asyncio.sleep(self.desk.slow)
        return struck

    async def at_poll(self, moment: Moment = "poll") -> str | None:
        """Strikes a poll with its faults; returns the name of one that the host itself words, else None."""
        struck = self.desk.faults.first(moment, self.name)
        match struck:
            case "lost-poll":
                raise FaultRefusal("internal", "something went wrong")
            case "poll-drop":
                raise FaultRefusal("drop", "")
            case "poll-429":
                raise FaultRefusal("rate", "too many requests", retry_after="1")
            case "huge-json":
                raise FaultRefusal("huge", "")
            case "not-json":
                raise FaultRefusal("page", "")
            case "slow-poll":
                await asyncio.sleep(self.desk.slow)
        return struck

    async def at_list(self) -> str | None:
        """Strikes a list with its faults; returns the name of one that changes what is in it, else None."""
        struck = await self.at_poll("list")
        refuse_list(struck)
        return struck

    # orders

    def accept(self, job: Job, key: str | None = None, same: Any = None) -> Job:
        """Take an order: from here on it is billed. `same` is what makes two orders equal; the body by default."""
        job.marks = self.desk.faults.all("job", self.name)
        self.desk.store.save(job)
        told = job.body if same is None else same
        self.desk.store.note_order(
            job, hashlib.sha256(json.dumps([job.model, told], sort_keys=True).encode()).hexdigest(), key
        )
        return job

    async def begin(self, job: Job) -> None:
        """Set an accepted job to work."""
        if "early-callback" in job.marks:
            job.delay = 0.0
            await self._work(job)
        else:
            self.resume(job)

    def resume(self, job: Job) -> None:
        """Works on a job in the background: after acceptance, and again when the emulator starts."""
        task = asyncio.create_task(self._work(job))
        # A loop holds its tasks weakly: one that nobody else holds may vanish before it ends.
        self.busy.add(task)
        task.add_done_callback(self.busy.discard)

    async def _work(self, job: Job) -> None:
        if "endless-job" in job.marks:
            return
        # Of several results each further one takes half as long, so polls can see some of them before the job ends.
        due = job.created + job.delay * (1 + 0.5 * (job.count - 1))
        if not job.failed:
            for number in range(job.count):
                # Before the job ends, so that a film is there as soon as its address is.
                await self.desk.films.make(self.film(job, number))
        await asyncio.sleep(max(0.0, due - self.desk.clock.time()))
        # Read again: it may have been deleted while it was at work.
        now = self.desk.store.job(self.name, job.id)
        if now is None or now.extra.get("deleted"):
            return
        now.ended = self.desk.clock.time()
        self.desk.store.save(now)
        await self.call_back(now)

    def film(self, job: Job, number: int = 0) -> Film:
        """The result of a job by its number from 0, a second short or with a soft end if a fault says so."""
        film = Film(**job.film)
        short = "wrong-length-film" in job.marks
        return replace(film, number=number, seconds=film.seconds - short, soft="soft-ending" in job.marks)

    def film_address(self, job: Job, number: int = 0, seconds: float = WEEK) -> str:
        """An address of a finished film, signed again each time."""
        life = EXPIRED if self.desk.faults.strike("expired-url", self.name) else seconds
        return self.desk.links.sign(f"/files/film/{self.name}/{job.id}/{number}.{job.film['form']}", life)

    def place_film(self, key: str, value: Any, elsewhere: str) -> dict[str, Any]:
        """Where an answer says what a job made: under the host's key, or as a fault has it."""
        if self.desk.faults.strike("film-elsewhere", self.name):
            return {elsewhere: value}
        return {} if self.desk.faults.strike("film-nowhere", self.name) else {key: value}

    async def send_callback(
        self, job: Job, url: str, body: Any, headers: Callable[[bytes], dict[str, str]] | None = None
    ) -> None:
        """Delivers a callback, twice by a fault; `headers` gives those that sign its bytes."""
        content = encode_body(body)
        times = 2 if self.desk.faults.strike("duplicate-callback", self.name) else 1
        for _ in range(times):
            await self.desk.post.deliver(url, content, headers(content) if headers else None)

    def draft(self, account: str, model: str, body: dict[str, Any], film: Film, **rest: Any) -> Job:
        """A job that is not accepted yet, created now; `rest` are fields of `Job`, its `id` drawn if none is given."""
        rest.setdefault("id", token())
        return Job(
            host=self.name, account=account, model=model, body=body, film=asdict(film),
            created=self.desk.clock.time(), delay=self.desk.delay, **rest,
        )  # fmt: skip

    # pictures

    async def see(self, given: str, account: str, name: str, limits: PictureLimits) -> Picture | None:
        """A picture as the host gets it; None for one that lies beyond this machine and is believed unseen."""
        content = await self.fetch(given, account, name)
        if content is None:
            return None
        picture = look_at(content, name, self.desk.store)
        check(picture, name, limits)
        return picture

    async def see_all(
        self, given: Iterable[str], account: str, name: str, limits: PictureLimits
    ) -> list[Picture | None]:
        """Each picture as `see` has it, in the order given."""
        return [await self.see(one, account, name, limits) for one in given]

    async def fetch(self, given: str, account: str, name: str) -> bytes | None:
        """The bytes of a picture in any form that the host takes."""
        if "upload" in self.picture_forms and (known := self.desk.store.get("upload", self.name, given, account)):
            return self.desk.store.bytes_path(known["sha256"]).read_bytes()
        return await fetch(given, name, self.picture_forms, self.desk.links, self.desk.store)

    def upload_address(self, sha256: str, form: str = "png", seconds: float = WEEK) -> str:
        """A signed address of a picture that was uploaded, valid for a week unless `seconds` says otherwise."""
        return self.desk.links.sign(f"/files/upload/{sha256}.{form.lower()}", seconds)


def parse_json(content: bytes) -> Any:
    """JSON from bytes; refuses what is none, and what two readers may take for two things: a name that is there twice,
    a number that is none, half of a character."""
    try:
        body = json.loads(content, object_pairs_hook=_unite_pairs, parse_constant=_refuse_constant)
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refusal("invalid", "the body is not JSON", "body") from None
    return body


def _unite_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name is there twice")
    return dict(pairs)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A response with a JSON body."""
    answer = JSONResponse(body, status, headers)
    if HALF.encode() in answer.body:  # no encoder writes half a character
        content = bytes(answer.body).replace(HALF.encode(), rb"\ud800")
        return Response(content, status, headers, "application/json")
    return answer


def iso(at: float) -> str:
    """A time as hosts write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1000):03}Z"


async def _huge() -> Any:
    yield b'{"code":200,"message":"success","data":{"padding":"'
    for _ in range(HUGE):
        yield b"x" * 1_000_000
    yield b'"}}'
