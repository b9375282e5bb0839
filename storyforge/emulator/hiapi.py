"""HiAPI: one path for tasks, the model in the body, every unknown field refused, and idempotency keys."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from storyforge.emulator.calls import Call
from storyforge.emulator.checks import (
    DURATION,
    FIVE_RATIOS,
    NINE_RATIOS,
    ONE_PICTURE,
    OPTIONAL_PROMPT,
    PROMPT,
    REFERENCES,
    RESOLUTION,
    SEED,
    SIZES,
    Field,
    find_breach,
    shape_size,
)
from storyforge.emulator.host import WEEK, Host, json_response, parse_json
from storyforge.emulator.jobs import Film, Job, token
from storyforge.emulator.lists import limit_page, rename_keys, take_page
from storyforge.emulator.pictures import PictureLimits, visible_pictures
from storyforge.emulator.refusals import Refusal
from storyforge.emulator.webhooks import hiapi_headers

COMMON = {"resolution": RESOLUTION, "duration": DURATION}
RATIO = {"aspect_ratio": Field("text", choices=NINE_RATIOS)}
MODELS: dict[str, dict[str, Field]] = {
    "happyhorse-1.1/text-to-video": {"prompt": PROMPT, **COMMON, **RATIO},
    "happyhorse-1.1/image-to-video": {"prompt": OPTIONAL_PROMPT, "image_urls": ONE_PICTURE, **COMMON},
    "happyhorse-1.1/reference-to-video": {"prompt": PROMPT, "reference_image": REFERENCES, **COMMON, **RATIO},
    "happyhorse-1-0": {"prompt": PROMPT, "seed": SEED, **COMMON, "aspect_ratio": Field("text", choices=FIVE_RATIOS)},
}
DOCS = "https://docs.hiapi.ai"
SOURCES = {
    "happyhorse-1.1/text-to-video": f"{DOCS}/models/video/happyhorse-1-1-t2v",
    "happyhorse-1.1/image-to-video": f"{DOCS}/models/video/happyhorse-1-1-i2v",
    "happyhorse-1.1/reference-to-video": f"{DOCS}/models/video/happyhorse-1-1-r2v",
    "happyhorse-1-0": f"{DOCS}/models/video/happyhorse-1-0",
}
"""Where the fields of each model are known from; those around them are in /async-api/create."""
OUTER = {
    "model": Field("text", required=True), "input": Field("object", required=True), "callback": Field("object"),
    "route": Field("text"), "storage": Field("text", choices=("temporary", "persistent")),
}  # fmt: skip
CALLBACK = {"url": Field("url", required=True), "when": Field("text", choices=("final",))}
FORMS = ("JPEG", "PNG", "WEBP")
DAY = 86_400
"""Seconds for which an idempotency key is remembered: about a day, says the host."""
FIRST = PictureLimits(300, 20_000_000, FORMS)
REFERENCE = PictureLimits(400, 20_000_000, FORMS)
CODES = {
    "in-flight": "IDEMPOTENCY_KEY_PROCESSING",
    "mismatch": "IDEMPOTENCY_KEY_MISMATCH",
    "unavailable": "MODEL_UNAVAILABLE",
    "key": "UNAUTHORIZED",
    "credit": "INSUFFICIENT_BALANCE",
    "forbidden": "FORBIDDEN",
    "absent": "NOT_FOUND",
    "rate": "RATE_LIMITED",
    "internal": "INTERNAL_ERROR",
}
"""Those of 409, 422 and 503 are published; those of 401, 402, 403, 404, 429 and 500 are assumed (2026-11)."""
OTHER_CODES = {"rate": "rate_limit_exceeded", "key": "invalid_api_key"}


class HiApi(Host):
    """HiAPI: idempotency keys, one list of tasks for an account, signed callbacks."""

    name: ClassVar[str] = "hiapi"
    version: ClassVar[str] = "/v1"

    calls: ClassVar[tuple[Call, ...]] = (
        Call("POST", "/tasks", "order", "hiapi 0.2.1", body="json"),
        Call("GET", "/tasks", "list", "hiapi 0.2.1", query=("page", "size")),
        Call("GET", "/tasks/{id}", "detail", "hiapi 0.2.1"),
    )

    def word_refusal(self, refusal: Refusal) -> Response:
        """Code and message in the body; by a fault in the other envelope, which the host has too."""
        if self.desk.faults.strike("other-error-envelope", self.name):
            error = {
                "type": "hiapi_error",
                "code": OTHER_CODES.get(refusal.kind, "invalid_request"),
                "message": refusal.message,
            }
            return json_response({"error": {**error, "request_id": token(8)}}, refusal.status, refusal.headers)
        code = CODES.get(refusal.kind, "INVALID_REQUEST")
        body = {"code": refusal.status, "message": refusal.message, "data": None, "error_code": code}
        return json_response(body, refusal.status, refusal.headers)

    # orders

    async def order(self, request: Request) -> Response:
        """Accepts a task; the same key and bytes again are answered with the first task, other bytes with a refusal."""
        account, content = self.account(request), await request.body()
        key = request.headers.get("idempotency-key")
        if key is not None and not 0 < len(key.encode()) <= 255:
            raise Refusal("invalid", "`Idempotency-Key` is longer than 255 bytes")
        if not key:
            return json_response(_envelope({"taskId": (await self._accept(account, content, None)).id}))
        mine, digest = f"{account}:{key}", hashlib.sha256(content).hexdigest()
        if known := self._remembered(mine):
            if known["digest"] != digest:
                raise Refusal("mismatch", "the idempotency key was used for another body")
            if known["job"] is None:
                raise Refusal("in-flight", "the first request with this key is still in flight", retry_after="1")
            return json_response(_envelope({"taskId": known["job"]}), headers={"Idempotent-Replay": "true"})
        fresh = {"digest": digest, "job": None, "time": self.desk.clock.time()}
        # Before the order is looked at: the same key meanwhile is answered that it is in flight.
        self.desk.store.put("key", self.name, mine, fresh, account)
        try:
            job = await self._accept(account, content, key)
        finally:
            # A refused request does not use up its key; an accepted one does, even if its answer is lost.
            known = self.desk.store.get("key", self.name, mine)
            if known and known["job"] is None:
                self.desk.store.delete("key", self.name, mine)
        return json_response(_envelope({"taskId": job.id}))

    def _remembered(self, mine: str) -> dict[str, Any] | None:
        """What the host knows of an idempotency key; None where it is new or was forgotten."""
        known = self.desk.store.get("key", self.name, mine)
        return known if known and self.desk.clock.time() < known["time"] + DAY else None

    async def _accept(self, account: str, content: bytes, key: str | None) -> Job:
        body = parse_json(content)
        if not isinstance(body, dict):
            raise Refusal("invalid", "the body is not a JSON object")
        self._demand(body, OUTER)
        model, _, route = body["model"].partition("@")
        if model not in MODELS:
            raise Refusal("invalid", f"model `{model}` is not supported", "model")
        if (route or body.get("route") or "default") != "default":
            raise Refusal("invalid", "unknown route; available routes: default", "route")
        # A body without a callback is checked with a stand-in.
        self._demand(body.get("callback", {"url": "http://none"}), CALLBACK)
        film = await self._film(account, model, body["input"])
        self.before_order(account)
        name = f"tk-hiapi-{token(13).upper()}"
        job = self.draft(
            account,
            model,
            body,
            film,
            id=name,
            webhook=body.get("callback", {}).get("url"),
            seed=body["input"].get("seed"),
        )
        self.accept(job, key)
        await self.begin(job)
        try:
            if await self.after_order() == "in-flight-409":
                raise Refusal("in-flight", "the first request with this key is still in flight", retry_after="1")
        finally:
            if key:
                known = {"digest": hashlib.sha256(content).hexdigest(), "job": name, "time": job.created}
                self.desk.store.put("key", self.name, f"{account}:{key}", known, account)
        return job

    def _demand(self, body: dict[str, Any], fields: dict[str, Field]) -> None:
        """Unknown fields are refused in the words of the host's validator, all at once."""
        unknown = [name for name in body if name not in fields]
        if unknown:
            names = ", ".join(f"'{name}'" for name in unknown)
            raise Refusal("unknown", f"additional properties {names} not allowed", unknown[0])
        self.demand(find_breach(body, fields))

    async def _film(self, account: str, model: str, body: dict[str, Any]) -> Film:
        self._demand(body, MODELS[model])
        tier, prompt, seconds = body.get("resolution", "1080p"), body.get("prompt", ""), body.get("duration", 5)
        if "image_urls" in body:
            (first,) = await self.see_all(body["image_urls"], account, "image_urls", FIRST)
            width, height = shape_size(first.width, first.height, tier) if first else SIZES["16:9", tier]
            return Film(width, height, seconds, prompt, first.sha256 if first else None)
        width, height = SIZES[body.get("aspect_ratio", "16:9"), tier]
        pictures = await self.see_all(body.get("reference_image", ()), account, "reference_image", REFERENCE)
        return Film(width, height, seconds, prompt, None, visible_pictures(pictures))

    # results

    def _task(self, job: Job) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "taskId": job.id,
            "model": job.model,
            "status": self.running(job, "queued", "handling", "handling", "archiving"),
            "created": int(self.show_time(job.created)),
            "completed": int(self.show_time(job.ended)) if job.ended else 0,
            "output": [],
            "error": None,
        }
        answer |= {name: job.body[name] for name in ("storage", "route") if name in job.body}
        if not job.ended:
            return answer
        if job.failed:
            words = {
                "moderation-later": ("TASK_FAILED", "the content was flagged by moderation"),
                "transient-failure": ("TASK_TIMEOUT", "the task took too long"),
            }
            code, message = words.get(job.failed, ("TASK_FAILED", "the model cannot make this"))
            return answer | {"status": "fail", "error": {"code": code, "message": message}}
        expires = int(self.show_time(job.ended)) + WEEK
        thumbnail = {
            "url": self.desk.links.sign(f"/files/still/{self.name}/{job.id}.png", WEEK),
            "type": "thumbnail",
            "expireAt": expires,
        }
        film = {"url": self.film_address(job), "type": "video", "expireAt": expires}
        del answer["output"]
        # The thumbnail first: who takes the first output, whatever it is, gets no film.
        return answer | {"status": "success"} | self.place_film("output", [thumbnail, film], "results")

    async def detail(self, request: Request) -> Response:
        """A task by its id; another account's is not found."""
        job = self.desk.store.job(self.name, request.path_params["id"], self.account(request))
        if job is None:
            raise Refusal("absent", "task not found")
        struck = await self.at_poll()
        if struck == "empty-data":
            return json_response(_envelope(None))
        answer = _envelope(self._task(job))
        if struck == "errors-beside-data":
            answer["errors"] = [{"code": "TASK_FAILED", "message": "another task failed"}]
        return json_response(answer)

    async def list(self, request: Request) -> Response:
        """A page of the account's tasks, newest first, 20 unless `size` says otherwise."""
        account = self.account(request)
        struck = await self.at_list()
        try:
            page, size = int(request.query_params.get("page", 1)), int(request.query_params.get("size", 20))
        except ValueError:
            page = size = 0
        if page < 1 or not 1 <= size <= 100:
            raise Refusal("invalid", "`page` and `size` are whole numbers from 1")
        found = [self._task(job) for job in reversed(self.desk.store.jobs(self.name, account)) if self.is_listed(job)]
        size, total = limit_page(struck, size), 0 if struck == "empty-list" else len(found)
        tasks = take_page(struck, found, (page - 1) * size, size)
        answer = {"tasks": tasks, "page": page, "size": size, "total": total}
        return json_response(_envelope(rename_keys(struck, answer, "tasks")))

    async def call_back(self, job: Job) -> None:
        """Posts the whole task, signed with the emulator's secret."""
        if job.webhook:
            secret = self.desk.webhook_secret
            await self.send_callback(
                job, job.webhook, self._task(job), lambda content: hiapi_headers(secret, content, self.show_time())
            )


def _envelope(body: Any) -> dict[str, Any]:
    return {"code": 200, "message": "success", "data": body}
