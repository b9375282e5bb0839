"""Runware: one address, always an array of tasks; ids are made by the client, results are polled with a task."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx
from starlette.requests import Request
from starlette.responses import Response

from storyforge.emulator.calls import Call
from storyforge.emulator.checks import MAX_SEED, SIZES, Breach, Field, find_breach, is_loopback, is_web, shape_size
from storyforge.emulator.host import Host, json_response, parse_json
from storyforge.emulator.jobs import Film, Job, token
from storyforge.emulator.lists import rename_keys
from storyforge.emulator.pictures import Picture, PictureLimits, look_at, visible_pictures
from storyforge.emulator.refusals import FaultRefusal, Refusal

MODELS = ("alibaba:happyhorse@1.1", "alibaba:happyhorse@1.0")
PAIRS = tuple(SIZES[shape, tier] for shape in ("16:9", "9:16", "1:1", "4:3", "3:4") for tier in ("720p", "1080p"))
RATES = {"720p": 0.14, "1080p": 0.18}
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
UNLIMITED = PictureLimits(1, 100_000_000, ("JPEG", "PNG", "WEBP", "BMP", "GIF"))
"""The host's schema bounds no side and no weight."""
DAY = 86_400
"""Seconds for which a UUID is refused when it comes again; the host names none (2026-11), so this is short."""

FIELDS = {
    "taskType": Field("text", required=True),
    "taskUUID": Field("text", required=True),
    "model": Field("text", required=True, choices=MODELS),
    "positivePrompt": Field("text", low=1, high=2500),
    "width": Field("whole"),
    "height": Field("whole"),
    "resolution": Field("text", choices=("720p", "1080p")),
    "duration": Field("whole", low=3, high=15),
    "seed": Field("whole", low=0, high=MAX_SEED),
    "numberResults": Field("whole", low=1, high=4),
    "inputs": Field("object"),
    "routing": Field("object"),
    "safety": Field("object"),
    "webhookURL": Field("url"),
    "includeCost": Field("flag"),
    "uploadEndpoint": Field("url"),
    "ttl": Field("whole", low=60),
    "outputType": Field("text", choices=("URL",)),
    "outputFormat": Field("text", choices=("MP4", "WEBM", "MOV")),
    "outputQuality": Field("whole", low=20, high=99),
    "deliveryMethod": Field("text", choices=("async",)),
}
TASK = {name: Field("text", required=True) for name in ("taskType", "taskUUID")}
OPERATIONS = ("getDetails", "getUsageActivity", "getUsagePerformance", "getUsageErrors")
TASKS: dict[str, dict[str, Field]] = {
    "videoInference": FIELDS,
    "getResponse": TASK,
    "getTaskDetails": TASK,
    "mediaStorage": {
        **TASK, "operation": Field("text", required=True, choices=("upload", "delete")),
        "media": Field("text", required=True),
    },
    "imageUpload": {**TASK, "image": Field("text", required=True)},
    "accountManagement": {
        **TASK, "operation": Field("text", required=True, choices=OPERATIONS), "startDate": Field("text"),
        "endDate": Field("text"), "models": Field("texts"), "apiKeys": Field("texts"), "groupBy": Field("texts"),
        "timezone": Field("text"),
    },
}  # fmt: skip
"""Fields of each type of task."""
SOURCES = {
    "videoInference": "runware-sdk 1.8.0, schemas of 2026-10-12; bounds: https://runware.ai/docs/models/alibaba-happyhorse-1-1",
    "getResponse": "https://runware.ai/docs/platform/task-polling",
    "getTaskDetails": "https://runware.ai/docs/platform/task-details",
    "mediaStorage": "https://runware.ai/docs/platform/media-storage",
    "imageUpload": "https://runware.ai/docs/platform/image-upload",
    "accountManagement": "https://runware.ai/docs/platform/account-management",
}
"""Where the fields of each are known from."""
INPUTS = {"referenceImages": Field("texts", low=1, high=9), "frameImages": Field("list", low=1, high=1)}
SAFETY = {"checkContent": Field("flag"), "mode": Field("text", choices=("fast", "full"))}

CODES = {
    "key": "invalidApiKey", "credit": "insufficientCredits", "forbidden": "accessDenied", "rate": "rateLimitExceeded",
    "unavailable": "noAvailableServer", "internal": "internalServerError", "moderation": "invalidProviderContent",
    "conflict": "conflictTaskUUID", "unfetchable": "invalidInputImage", "absent": "taskNotFound",
    "unknown": "unknownParameter", "clash": "incompatibleParameters",
}  # fmt: skip


@dataclass(slots=True)
class Answer:
    """What the tasks of one request came to."""

    data: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    status: int | None = None
    """Of the first error, for a request in which nothing went well."""
    struck: str | None = None
    """The fault of lists that changes how a look-up is answered; None where none strikes."""


class Runware(Host):
    """Runware: one address for all, lists of tasks, and the id of a task as its own idempotency key."""

    name: ClassVar[str] = "runware"
    version: ClassVar[str] = "/v1"
    picture_forms: ClassVar[tuple[str, ...]] = ("url", "data", "base64", "upload")

    calls: ClassVar[tuple[Call, ...]] = (
        Call("POST", "", "tasks", "runware-sdk 1.8.0", body="json", key="bearer or task"),
    )

    def word_refusal(self, refusal: Refusal) -> Response:
        """One error without a task, for a request that is refused as a whole."""
        return json_response({"errors": [self._error(refusal, {})]}, refusal.status, refusal.headers)

    def _error(self, refusal: Refusal, task: dict[str, Any]) -> dict[str, Any]:
        field = (refusal.name or "").rpartition(".")[2]
        code = CODES.get(refusal.kind) or f"{refusal.kind}{field[:1].upper()}{field[1:]}"
        error: dict[str, Any] = {
            "code": code,
            "message": refusal.message,
            "documentation": "https://runware.ai/docs/platform/errors",
        }
        if refusal.name:
            error["parameter"] = refusal.name
        told = {key: task[key] for key in ("taskType", "taskUUID") if isinstance(task.get(key), str)}
        return error | (told or {"taskType": "authentication"} if refusal.kind == "key" else told)

    async def tasks(self, request: Request) -> Response:
        """Does every task of the list; those that are refused become errors next to the data of the others."""
        body = parse_json(await request.body())
        if not isinstance(body, list) or not body or not all(isinstance(task, dict) for task in body):
            raise Refusal("invalid", "the body is not an array of tasks", "body")
        account = self._account(request, body)
        out = Answer()
        for task in body:
            try:
                await self._do(request, account, task, out)
            except FaultRefusal:
                raise
            except Refusal as refusal:
                out.errors.append(self._error(self.spoil_words(refusal, request), task))
                out.status = out.status or refusal.status
        answer = {"data": out.data} if out.data or not out.errors else {}
        answer = rename_keys(out.struck, answer, "data") if out.data else answer
        answer |= {"errors": out.errors} if out.errors else {}
        return json_response(answer, 200 if out.data or not out.status else out.status)

    def _account(self, request: Request, body: list[dict[str, Any]]) -> str:
        """The key of the header, else of a leading task."""
        if "authorization" in request.headers or body[0].get("taskType") != "authentication":
            return self.account(request)
        return self.check_key(str(body[0].get("apiKey") or ""))

    async def _do(self, request: Request, account: str, task: dict[str, Any], out: Answer) -> None:
        kind, name = task.get("taskType"), task.get("taskUUID")
        if kind == "authentication":
            session = task.get("connectionSessionUUID") or uuid4()
            out.data.append({"taskType": kind, "connectionSessionUUID": session})
            return
        if not isinstance(name, str) or not UUID4.fullmatch(name):
            raise Refusal("missing" if name is None else "invalid", "`taskUUID` is not a UUID of version 4", "taskUUID")
        if not isinstance(kind, str) or kind not in TASKS:
            raise Refusal("missing" if kind is None else "invalid", f"`{kind}` is not a task type", "taskType")
        self.demand(find_breach(task, TASKS[kind]))
        match kind:
            case "videoInference":
                out.data.append(await self._order(request, account, task))
            case "getResponse":
                await self._response(account, name, out)
            case "getTaskDetails":
                out.data += await self._details(account, name, out)
            case "mediaStorage":
                out.data.append(await self._media(account, task))
            case "imageUpload":
                out.data.append(await self._upload(account, task))
            case "accountManagement":
                balance = {"amount": 0.0 if account.startswith("poor-") else 100.0, "currency": "USD"}
                told = {"taskType": kind, "taskUUID": name, "operation": task["operation"]}
                out.data.append({**told, "balance": balance})

    # orders

    async def _order(self, request: Request, account: str, task: dict[str, Any]) -> dict[str, Any]:
        inputs = task.get("inputs", {})
        self.demand(_inside(find_breach(inputs, INPUTS), "inputs"))
        self.demand(_inside(find_breach(task.get("safety", {}), SAFETY), "safety"))
        frames, references = inputs.get("frameImages", []), inputs.get("referenceImages", [])
        self._cross(task, bool(frames), bool(references))
        first = [await self.see(_frame(one), account, "inputs.frameImages", UNLIMITED) for one in frames]
        others = await self.see_all(references, account, "inputs.referenceImages", UNLIMITED)
        tier, (width, height) = self._size(task, [*first, *others])
        seconds, count = task.get("duration", 5), task.get("numberResults", 1)
        cost = round(RATES[tier] * seconds, 4)
        # Before the UUID is looked up: a question for the price does not use it up.
        if request.headers.get("x-runware-dry-run") == "1":
            return {"taskType": "videoInference", "taskUUID": task["taskUUID"], "cost": round(cost * count, 4)}
        # A UUID is the same in capitals.
        if self._is_reserved(task["taskUUID"].lower()):
            raise Refusal("conflict", f"the UUID `{task['taskUUID']}` was used before", "taskUUID")
        self.before_order(account)
        film = Film(
            width, height, seconds, task.get("positivePrompt", ""), next(iter(visible_pictures(first)), None),
            visible_pictures(others),
            task.get("outputFormat", "MP4").lower(),
        )  # fmt: skip
        seed = task.get("seed")
        job = self.draft(
            account, task["model"], task, film,
            id=task["taskUUID"].lower(), count=count, webhook=task.get("webhookURL"),
            seed=int(token(4), 16) if seed is None else seed,
            extra={"cost": cost, "videos": [uuid4() for _ in range(count)], "ttl": task.get("ttl", 7 * 86_400)},
        )  # fmt: skip
        # Without the UUID: the same order under another one is a second purchase, which tests look for.
        self.accept(job, key=task["taskUUID"], same={name: value for name, value in task.items() if name != "taskUUID"})
        await self.begin(job)
        if await self.after_order() == "accept-then-conflict":
            raise Refusal("conflict", f"the UUID `{task['taskUUID']}` was used before", "taskUUID")
        return {"taskType": "videoInference", "taskUUID": task["taskUUID"]}

    def _is_reserved(self, name: str) -> bool:
        """Whether the host still knows that a UUID was used for an order."""
        known = self.desk.store.job(self.name, name)
        return known is not None and self.desk.clock.time() < known.created + DAY

    def _cross(self, task: dict[str, Any], frame: bool, references: bool) -> None:
        """The rules between fields, in the host's order."""
        sized, named = "width" in task or "height" in task, "resolution" in task
        if ("width" in task) != ("height" in task):
            missing = "height" if "width" in task else "width"
            raise Refusal("missing", "`width` and `height` come together", missing)
        if frame and sized:
            raise Refusal("clash", "`width` and `height` are not allowed with `frameImages`", "width")
        if named and sized:
            raise Refusal("clash", "`resolution` is not allowed with `width` and `height`", "resolution")
        if named and not (frame or references):
            raise Refusal("clash", "`resolution` needs `frameImages` or `referenceImages`", "resolution")
        if not (frame or references) and not sized:
            raise Refusal("missing", "`width` and `height` are required without pictures", "width")
        if not frame and "positivePrompt" not in task:
            raise Refusal("missing", "`positivePrompt` is required", "positivePrompt")
        if sized and (task["width"], task["height"]) not in PAIRS:
            raise Refusal("invalid", f"{task['width']}×{task['height']} is not a size of this model", "width")

    def _size(self, task: dict[str, Any], pictures: list[Picture | None]) -> tuple[str, tuple[int, int]]:
        if "width" in task:
            width, height = task["width"], task["height"]
            # All sizes of 720p have fewer pixels than a million, all of 1080p more.
            return ("1080p" if width * height > 1_000_000 else "720p"), (width, height)
        tier = task.get("resolution", "720p")
        # Which of several pictures rules is published nowhere (2026-11); assumed: the first that was seen.
        known = next((picture for picture in pictures if picture), None)
        return tier, shape_size(known.width, known.height, tier) if known else SIZES["16:9", tier]

    # results

    async def _response(self, account: str, name: str, out: Answer) -> None:
        struck = await self.at_poll()
        job = self.desk.store.job(self.name, name.lower(), account)
        if job is None or struck == "empty-data":
            return
        if job.ended and job.failed:
            self._tell_failure(job, out)
            return
        items = self._finished(job)
        out.data += items + (items if struck == "repeated-result" else [])
        if len(items) < job.count and not job.ended:
            share = min(99, int(100 * self.share(job)))
            running = {"status": self.running(job, "processing"), "progress": share}
            out.data.append({"taskType": "videoInference", "taskUUID": job.body["taskUUID"], **running})
        if struck == "errors-beside-data":
            other = {"taskType": "videoInference", "taskUUID": uuid4()}
            out.errors.append(
                self._error(Refusal("absent", "another task failed"), other) | {"code": "taskFailedOrNotFound"}
            )

    def _finished(self, job: Job) -> list[dict[str, Any]]:
        """Results so far: every poll tells all of them again."""
        if job.failed or "endless-job" in job.marks:
            return []
        due = [
            number
            for number in range(job.count)
            if job.ended or self.desk.clock.time() >= job.created + job.delay * (1 + 0.5 * number)
        ]
        return [self._result(job, number) for number in due if self.desk.films.ready(self.film(job, number))]

    def _result(self, job: Job, number: int) -> dict[str, Any]:
        item = {
            "taskType": "videoInference",
            "taskUUID": job.body["taskUUID"],
            "status": "success",
            "videoUUID": job.extra["videos"][number],
            **self.place_film("videoURL", self.film_address(job, number, job.extra["ttl"]), "mediaURL"),
            "seed": (job.seed or 0) + number,
        }
        return item | ({"cost": job.extra["cost"]} if job.body.get("includeCost") else {})

    def _failure(self, job: Job) -> dict[str, Any]:
        words = {
            "moderation-later": ("providerContentPolicyViolation", "the content was flagged"),
            "transient-failure": ("inferenceError", "the provider failed"),
        }
        code, message = words.get(job.failed or "", ("invalidProviderInput", "the provider cannot make this"))
        return {"code": code, "message": message, "taskType": "videoInference", "taskUUID": job.body["taskUUID"]}

    def _tell_failure(self, job: Job, out: Answer) -> None:
        """In either of the two places where the host tells it."""
        error = self._failure(job)
        if job.failed == "failed-with-200":
            out.data.append(
                {"taskType": "videoInference", "taskUUID": error["taskUUID"], "status": "error", "error": error}
            )
        else:
            out.errors.append(error)
            out.status = out.status or 400

    async def _details(self, account: str, name: str, out: Answer) -> list[dict[str, Any]]:
        struck = out.struck = await self.at_list()
        job = self.desk.store.job(self.name, name.lower(), account)
        if struck == "empty-list":
            return []
        if job is None or not self.is_listed(job):
            raise Refusal("absent", "there is no such task", "taskUUID")
        response = {"errors": [self._failure(job)]} if job.ended and job.failed else {"data": self._finished(job)}
        return [{"taskType": "getTaskDetails", "taskUUID": name, "request": [job.body], "response": response}]

    async def call_back(self, job: Job) -> None:
        """Puts the film to the order's own endpoint, then posts each result or the failure by itself, unsigned."""
        if endpoint := job.body.get("uploadEndpoint"):
            await self._put(job, endpoint)
        if not job.webhook:
            return
        items = [self._failure(job)] if job.failed else [self._result(job, number) for number in range(job.count)]
        for item in items:
            # How an error is reported is published nowhere (2026-11); assumed: the bare error with its task's id.
            await self.send_callback(job, job.webhook, item)

    async def _put(self, job: Job, endpoint: str) -> None:
        if job.failed or not is_loopback(endpoint):
            return
        content = self.desk.films.path(self.film(job)).read_bytes()
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            await client.put(endpoint, content=content, headers={"Content-Type": "video/mp4"})

    # uploads

    async def _media(self, account: str, task: dict[str, Any]) -> dict[str, Any]:
        answer = {name: task[name] for name in ("taskType", "taskUUID", "operation")}
        if task["operation"] == "delete":
            if not self.desk.store.delete("upload", self.name, task["media"]):
                raise Refusal("absent", "there is no such media", "media")
            return answer | {"mediaUUID": task["media"]}
        name, address = await self._store(account, task["media"], "media")
        return answer | {"mediaUUID": name, "mediaURL": address}

    async def _upload(self, account: str, task: dict[str, Any]) -> dict[str, Any]:
        name, address = await self._store(account, task["image"], "image")
        return {"taskType": "imageUpload", "taskUUID": task["taskUUID"], "imageUUID": name, "imageURL": address}

    async def _store(self, account: str, given: str, name: str) -> tuple[str, str]:
        if is_web(given) and not is_loopback(given):
            raise Refusal("unfetchable", "the emulator fetches nothing from beyond this machine", name)
        picture = look_at(await self.fetch(given, account, name) or b"", name, self.desk.store)
        number = uuid4()
        self.desk.store.put("upload", self.name, number, {"sha256": picture.sha256, "form": picture.form}, account)
        return number, self.upload_address(picture.sha256, picture.form)


def _frame(given: Any) -> str:
    """The picture of a first frame, in either of its forms."""
    if isinstance(given, str) and given:
        return given
    where = "inputs.frameImages"
    if not isinstance(given, dict) or not isinstance(given.get("image"), str) or not given["image"]:
        raise Refusal("invalid", f"`{where}` holds no picture", where)
    if unknown := [name for name in given if name not in ("image", "frame")]:
        raise Refusal("unknown", f"`{unknown[0]}` is not a parameter of `{where}`", f"{where}.{unknown[0]}")
    if "frame" in given and (given["frame"] not in ("first", 0) or isinstance(given["frame"], bool)):
        raise Refusal("invalid", "only the first frame can be given", f"{where}.frame")
    return str(given["image"])


def _inside(breach: Breach | None, where: str) -> Breach | None:
    return Breach(breach.what, f"{where}.{breach.name}", f"in `{where}` {breach.words}") if breach else None


def uuid4() -> str:
    """A random UUID as text."""
    return str(uuid.uuid4())
