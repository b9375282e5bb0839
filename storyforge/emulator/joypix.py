"""JoyPix: a path and a model for each mode; no lists, no uploads, no keys against repetition."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from storyforge.emulator.calls import Call
from storyforge.emulator.checks import (
    DURATION,
    FIVE_RATIOS,
    ONE_PICTURE,
    PROMPT,
    REFERENCES,
    RESOLUTION,
    SEED,
    SIZES,
    Field,
    find_breach,
    shape_size,
)
from storyforge.emulator.host import Host, json_response
from storyforge.emulator.jobs import Film, Job, token
from storyforge.emulator.pictures import PictureLimits, visible_pictures
from storyforge.emulator.refusals import Refusal

COMMON = {"prompt": PROMPT, "resolution": RESOLUTION, "duration": DURATION, "seed": SEED}
RATIO = {"aspect_ratio": Field("text", choices=FIVE_RATIOS)}
MODES: dict[str, tuple[str, dict[str, Field]]] = {
    "text-to-video": ("happyhorse-1.0-t2v", {**COMMON, **RATIO}),
    "image-to-video": ("happyhorse-1.0-i2v", {"images": ONE_PICTURE, **COMMON}),
    "reference-to-video": ("happyhorse-1.0-r2v", {"images": REFERENCES, **COMMON, **RATIO}),
}
PAGES = "https://www.joypix.ai/openapi/happyhorse-1.0-"
SOURCES = {mode: f"{PAGES}{mode}" for mode in MODES}
"""Where the fields of each mode are known from."""
FIRST = PictureLimits(300, 10_000_000, widest=2.5)
REFERENCE = PictureLimits(1, 10_000_000)
DAY = 86_400


class JoyPix(Host):
    """Nearly nothing is published on failures (2026-11); assumed: an HTTP status with the same `code` in the body."""

    name: ClassVar[str] = "joypix"

    calls: ClassVar[tuple[Call, ...]] = (
        Call("POST", "/v1/alibaba/{mode}", "order", f"{PAGES}text-to-video and its siblings", body="json"),
        Call("GET", "/v1/tasks/{id}", "task", f"{PAGES}reference-to-video"),
    )

    def word_refusal(self, refusal: Refusal) -> Response:
        """The HTTP status once more as `code`, and `data` null."""
        return json_response(
            {"code": refusal.status, "message": refusal.message, "data": None}, refusal.status, refusal.headers
        )

    async def order(self, request: Request) -> Response:
        """Accepts a task of a mode, which is in the path and in the model's name; a fault answers with code 0."""
        account, mode = self.account(request), request.path_params["mode"]
        if mode not in MODES:
            raise Refusal("absent", "not found")
        body = await self.json_object(request)
        model, fields = MODES[mode]
        self.demand(find_breach(body, {"model": Field("text", required=True, choices=(model,)), **fields}))
        film = await self._film(account, mode, body)
        self.before_order(account)
        job = self.accept(self.draft(account, model, body, film, id=f"task_{token(12)}", seed=body.get("seed")))
        await self.begin(job)
        if await self.after_order() == "code-0":
            return json_response({"code": 0, "msg": "success", "data": {"task_id": job.id, "status": "submitted"}})
        return json_response(_envelope({"task_id": job.id}))

    async def _film(self, account: str, mode: str, body: dict[str, Any]) -> Film:
        tier, seconds = body.get("resolution", "720p"), body.get("duration", 5)
        if mode == "image-to-video":
            (first,) = await self.see_all(body["images"], account, "images", FIRST)
            width, height = shape_size(first.width, first.height, tier) if first else SIZES["16:9", tier]
            return Film(width, height, seconds, body["prompt"], first.sha256 if first else None)
        width, height = SIZES[body.get("aspect_ratio", "16:9"), tier]
        pictures = await self.see_all(body.get("images", ()), account, "images", REFERENCE)
        return Film(width, height, seconds, body["prompt"], None, visible_pictures(pictures))

    async def task(self, request: Request) -> Response:
        """A task by its id; another account's is not found."""
        job = self.desk.store.job(self.name, request.path_params["id"], self.account(request))
        if job is None:
            raise Refusal("absent", "task not found")
        struck = await self.at_poll()
        if struck == "empty-data":
            return json_response(_envelope({}))
        answer = _envelope(self._told(job))
        if struck == "errors-beside-data":
            answer["errors"] = [{"code": 500, "message": "another task failed"}]
        return json_response(answer)

    def _told(self, job: Job) -> dict[str, Any]:
        inputs = json.dumps(job.body, ensure_ascii=False)
        answer: dict[str, Any] = {"task_id": job.id, "inputs": inputs, "model": job.model, "error": "", "video_url": ""}
        if not job.ended:
            return answer | {"status": self.running(job, "submitted", "processing")}
        if job.failed:
            words = {
                "moderation-later": "the content was flagged by moderation",
                "transient-failure": "upstream timed out, try again",
            }
            return answer | {"status": "failed", "error": words.get(job.failed, "generation failed")}
        film = self.place_film("video_url", self.film_address(job, seconds=DAY), "result_url")
        # Taken out first: a fault may put the film under another key, or under none.
        return {name: value for name, value in answer.items() if name != "video_url"} | {"status": "completed"} | film


def _envelope(body: Any) -> dict[str, Any]:
    return {"code": 200, "message": "success", "data": body}
