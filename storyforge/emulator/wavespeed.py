"""WaveSpeed: a path for each mode, predictions that are polled or listed, three ways to upload."""

from __future__ import annotations

import asyncio
import email
import email.policy
import math
from datetime import datetime
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from storyforge.emulator.calls import Call
from storyforge.emulator.checks import (
    DURATION,
    FIVE_RATIOS,
    OPTIONAL_PROMPT,
    PROMPT,
    REFERENCES,
    RESOLUTION,
    SEED,
    SIZES,
    Field,
    find_breach,
    is_web,
    shape_size,
)
from storyforge.emulator.host import Host, iso, json_response
from storyforge.emulator.jobs import Film, Job, token
from storyforge.emulator.lists import limit_page, rename_keys, take_page
from storyforge.emulator.pictures import PictureLimits, look_at, visible_pictures
from storyforge.emulator.refusals import Refusal
from storyforge.emulator.webhooks import wavespeed_headers

API, DOCS = "/api/v3", "https://wavespeed.ai/docs"
VERSIONS = ("1.1", "1.0")
RATES = {"1.1": {"720p": 0.14, "1080p": 0.189}, "1.0": {"720p": 0.14, "1080p": 0.28}}
COMMON = {"resolution": RESOLUTION, "duration": DURATION, "seed": SEED, "enable_sync_mode": Field("flag")}
RATIO = {"aspect_ratio": Field("text", choices=FIVE_RATIOS)}
MODES: dict[str, dict[str, Field]] = {
    "text-to-video": {"prompt": PROMPT, **COMMON, **RATIO},
    "image-to-video": {"prompt": OPTIONAL_PROMPT, "image": Field("url", required=True), **COMMON},
    "reference-to-video": {"prompt": PROMPT, "images": REFERENCES, **COMMON, **RATIO},
}
SOURCES = {mode: f"{DOCS}/docs-api/alibaba/alibaba-happyhorse-1.1-{mode}" for mode in MODES}
"""Where the fields of each mode are known from. Another page speaks of 480p (2026-11); these do not."""
FIRST = PictureLimits(300, 10_000_000, widest=2.5)
REFERENCE = PictureLimits(1, 10_000_000)
"""The page on references names no limits (2026-11)."""
CODES = {"missing": 1400, "unfetchable": 1402, "moderation": 1200, "internal": 5000, "unavailable": 5003}
LIST = {
    "page": Field("whole", low=1), "page_size": Field("whole", low=1, high=100), "created_after": Field("text"),
    "created_before": Field("text"), "model": Field("text"), "status": Field("text"), "include_inputs": Field("flag"),
}  # fmt: skip


class WaveSpeed(Host):
    """WaveSpeedAI: an address for each version and mode, lists with inputs, prices that can be asked, signed
    callbacks."""

    name: ClassVar[str] = "wavespeed"

    calls: ClassVar[tuple[Call, ...]] = (
        Call(
            "POST", f"{API}/alibaba/happyhorse-{{version}}/{{mode}}", "order", "wavespeed 2.0.5", body="json",
            query=("webhook",),  # https://wavespeed.ai/docs/how-to-use-webhooks
        ),
        Call("GET", f"{API}/predictions/{{id}}/result", "result", "wavespeed 2.0.5"),
        Call("GET", f"{API}/predictions/{{id}}", "result", f"{DOCS}/get-result"),
        Call("POST", f"{API}/predictions", "list", "@wavespeed/cli 0.2.2", body="json"),
        Call("POST", f"{API}/predictions/delete", "delete_many", "@wavespeed/cli 0.2.2", body="json"),
        Call("DELETE", f"{API}/predictions/{{id}}", "delete", f"{DOCS}/delete-task"),
        Call("POST", f"{API}/model/pricing", "price", "@wavespeed/cli 0.2.2", body="json"),
        Call("GET", f"{API}/models", "models", "@wavespeed/cli 0.2.2"),
        Call("GET", f"{API}/balance", "balance", "@wavespeed/cli 0.2.2"),
        Call("GET", f"{API}/webhook/secret", "secret", f"{DOCS}/verify-webhooks"),
        Call("POST", f"{API}/media/upload/binary", "upload", f"{DOCS}/upload-files-api", body="form"),
        Call("POST", f"{API}/upload", "upload", f"{DOCS}/upload-files", body="form"),
        Call("POST", f"{API}/media/uploads", "ticket", "wavespeed 2.0.5", body="json"),
        Call("PUT", "/tickets/{id}", "put", "wavespeed 2.0.5", body="bytes", key="none"),
    )  # fmt: skip

    def word_refusal(self, refusal: Refusal) -> Response:
        """Code and message in the body, next to the HTTP status."""
        code = refusal.status if refusal.status in (401, 402, 403, 404, 429) else CODES.get(refusal.kind, 1401)
        return json_response({"code": code, "message": refusal.message, "data": None}, refusal.status, refusal.headers)

    # orders

    async def order(self, request: Request) -> Response:
        """Accepts a prediction; in sync mode the answer waits until it has ended."""
        account = self.account(request)
        version, mode = request.path_params["version"], request.path_params["mode"]
        if version not in VERSIONS or mode not in MODES:
            raise Refusal("absent", "model not found")
        body = await self.json_object(request)
        film = await self._film(account, mode, body)
        hook = request.query_params.get("webhook")
        if hook is not None and not is_web(hook):
            raise Refusal("invalid", "`webhook` is not an http address", "webhook")
        self.before_order(account)
        model = f"alibaba/happyhorse-{version}/{mode}"
        job = self.accept(self.draft(account, model, body, film, id=token(), webhook=hook, seed=body.get("seed")))
        await self.begin(job)
        await self.after_order()
        while body.get("enable_sync_mode") and not (job := self._job(job.id, account)).ended:
            await asyncio.sleep(0.02)
        return json_response(_envelope(self._prediction(job, "created")))

    async def _film(self, account: str, mode: str, body: dict[str, Any]) -> Film:
        self.demand(find_breach(body, MODES[mode]))
        tier, prompt, seconds = body.get("resolution", "720p"), body.get("prompt", ""), body.get("duration", 5)
        if mode == "image-to-video":
            first = await self.see(body["image"], account, "image", FIRST)
            width, height = shape_size(first.width, first.height, tier) if first else SIZES["16:9", tier]
            return Film(width, height, seconds, prompt, first.sha256 if first else None)
        width, height = SIZES[body.get("aspect_ratio", "16:9"), tier]
        pictures = await self.see_all(body.get("images", ()), account, "images", REFERENCE)
        return Film(width, height, seconds, prompt, None, visible_pictures(pictures))

    # results

    def _job(self, name: str, account: str) -> Job:
        job = self.desk.store.job(self.name, name, account)
        if job is None or job.extra.get("deleted"):
            raise Refusal("absent", "prediction not found")
        return job

    def _prediction(self, job: Job, status: str | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "id": job.id,
            "model": job.model,
            "outputs": [],
            "urls": {"get": f"{self.base}/api/v3/predictions/{job.id}/result"},
            "has_nsfw_contents": [],
            "status": status if status and not job.ended else self.running(job, "created", "processing"),
            "created_at": iso(self.show_time(job.created)),
            "error": "",
            "timings": {"inference": 0},
        }
        if not job.ended:
            return answer
        answer["timings"] = {"inference": int(1000 * (job.ended - job.created))}
        if job.failed:
            words = {
                "moderation-later": (1200, "the content was flagged by moderation"),
                "transient-failure": (5003, "service unavailable: upstream answered HTTP 503"),
            }
            code, error = words.get(job.failed, (1403, "the task failed"))
            return answer | {"status": "failed", "code": code, "error": error}
        # Taken out first: a fault may put the film under another key, or under none.
        del answer["outputs"]
        film = self.place_film("outputs", [self.film_address(job)], "results")
        return answer | {"status": "completed", "has_nsfw_contents": [False]} | film

    async def result(self, request: Request) -> Response:
        """A prediction by its id; another account's is not found."""
        job = self._job(request.path_params["id"], self.account(request))
        struck = await self.at_poll()
        if struck == "empty-data":
            return json_response(_envelope({}))
        answer = _envelope(self._prediction(job))
        if struck == "errors-beside-data":
            answer["errors"] = [{"code": 1405, "message": "another task failed"}]
        return json_response(answer)

    async def list(self, request: Request) -> Response:
        """A page of the account's predictions, newest first, those that lag or were deleted left out."""
        account, body = self.account(request), await self.json_object(request)
        self.demand(find_breach(body, LIST))
        struck = await self.at_list()
        after, before = _moment(body.get("created_after"), 0.0), _moment(body.get("created_before"), math.inf)
        found = [
            self._prediction(job) | ({"input": job.body} if body.get("include_inputs") else {})
            for job in reversed(self.desk.store.jobs(self.name, account))
            if self.is_listed(job) and not job.extra.get("deleted") and after <= self.show_time(job.created) <= before
        ]
        found = [
            one
            for one in found
            if body.get("model") in (None, one["model"]) and body.get("status") in (None, one["status"])
        ]
        page, size = body.get("page", 1), limit_page(struck, body.get("page_size", 100))
        items = take_page(struck, found, (page - 1) * size, size)
        answer = {"page": page, "total": 0 if struck == "empty-list" else len(found), "items": items}
        return json_response(_envelope(rename_keys(struck, answer, "items")))

    async def call_back(self, job: Job) -> None:
        """Posts the prediction with its inputs, signed."""
        if job.webhook:
            body = self._prediction(job) | {"input": job.body}
            name = token(12)
            await self.send_callback(
                job,
                job.webhook,
                body,
                lambda content: wavespeed_headers(self._secret(), name, content, self.show_time()),
            )

    # the rest of the house

    def _secret(self) -> str:
        given = self.desk.webhook_secret or self.desk.store.secret("wavespeed")
        return given if given.startswith("whsec_") else f"whsec_{given}"

    async def secret(self, request: Request) -> Response:
        """The secret that callbacks to the account are signed with."""
        self.account(request)
        return json_response(_envelope({"secret": self._secret()}))

    async def delete(self, request: Request) -> Response:
        """Marks a prediction as deleted: it is not listed any more, and one that runs never ends."""
        job = self._job(request.path_params["id"], self.account(request))
        job.extra["deleted"] = True
        self.desk.store.save(job)
        return json_response(_envelope({"id": job.id}))

    async def delete_many(self, request: Request) -> Response:
        """Marks all named predictions as deleted, or none if one of them is not found."""
        account, body = self.account(request), await self.json_object(request)
        self.demand(find_breach(body, {"ids": Field("texts", required=True, low=1)}))
        # The whole list first, so that an unknown id is refused before any is marked.
        for job in [self._job(name, account) for name in body["ids"]]:
            job.extra["deleted"] = True
            self.desk.store.save(job)
        return json_response(_envelope({"ids": body["ids"]}))

    async def price(self, request: Request) -> Response:
        """US dollars for exactly these inputs, which are checked as an order's are."""
        account, body = self.account(request), await self.json_object(request)
        self.demand(
            find_breach(body, {"model_id": Field("text", required=True), "inputs": Field("object", required=True)})
        )
        owner, _, rest = body["model_id"].partition("/happyhorse-")
        version, _, mode = rest.partition("/")
        if owner != "alibaba" or version not in VERSIONS or mode not in MODES:
            raise Refusal("absent", "model not found")
        film = await self._film(account, mode, body["inputs"])
        rate = RATES[version][body["inputs"].get("resolution", "720p")]
        return json_response(
            _envelope({"model_id": body["model_id"], "unit_price": round(rate * film.seconds, 4), "currency": "USD"})
        )

    async def models(self, request: Request) -> Response:
        """A model for each version and mode."""
        self.account(request)
        names = [f"alibaba/happyhorse-{version}/{mode}" for version in VERSIONS for mode in MODES]
        return json_response(
            _envelope([{"model_id": name, "name": name, "type": name.rpartition("/")[2]} for name in names])
        )

    async def balance(self, request: Request) -> Response:
        """The account's US dollars: 0 for a key that begins with `poor-`, else 100."""
        account = self.account(request)
        return json_response(_envelope({"balance": 0.0 if account.startswith("poor-") else 100.0}))

    # uploads

    async def upload(self, request: Request) -> Response:
        """Multipart with one part `file`."""
        self.account(request)
        name, content = read_part(request.headers.get("content-type", ""), await request.body(), "file")
        picture = look_at(content, "file", self.desk.store)
        address = self.upload_address(picture.sha256, picture.form)
        return json_response(
            _envelope({"type": "image", "download_url": address, "filename": name, "size": len(content)})
        )

    async def ticket(self, request: Request) -> Response:
        """Answers with a signed address to put a picture to, valid for an hour, and the public one it will have."""
        account, body = self.account(request), await self.json_object(request)
        fields = {
            "filename": Field("text", required=True, low=1),
            "size": Field("whole", required=True, low=1, high=200_000_000),
        }
        self.demand(find_breach(body, fields | {"content_type": Field("text")}))
        name = token()
        self.desk.store.put("ticket", self.name, name, body, account)
        kind = body.get("content_type", "application/octet-stream")
        put = self.desk.links.sign(f"{self.prefix}/tickets/{name}", 3600)
        instruction = {"method": "PUT", "url": put, "headers": {"Content-Type": kind}}
        address = f"{self.desk.links.base}/files/ticket/{self.name}/{name}"
        return json_response(_envelope({"upload": instruction, "download_url": address}))

    async def put(self, request: Request) -> Response:
        """The bytes of a ticket, without a key."""
        if self.desk.links.check(request.url.path, request.url.query):
            raise Refusal("forbidden", "the signature does not match or has expired")
        name, content = request.path_params["id"], await request.body()
        body = self.desk.store.get("ticket", self.name, name)
        if body is None or body["size"] != len(content):
            raise Refusal("invalid", "the size is not the one announced")
        if request.headers.get("content-type") != body.get("content_type", "application/octet-stream"):
            raise Refusal("forbidden", "the content type is not the one that was signed")
        self.desk.store.put("ticket", self.name, name, body | {"sha256": self.desk.store.keep(content)})
        return Response(status_code=200)


def _envelope(body: Any) -> dict[str, Any]:
    return {"code": 200, "message": "success", "data": body}


def _moment(text: str | None, otherwise: float) -> float:
    if text is None:
        return otherwise
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal("invalid", f"`{text}` is not a time", "created_after") from None
    return at.timestamp()


def read_part(content_type: str, body: bytes, name: str) -> tuple[str, bytes]:
    """File name and bytes of a part of a multipart body."""
    message = email.message_from_bytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body, policy=email.policy.HTTP
    )
    for part in message.iter_parts():
        if part.get_param("name", header="content-disposition") == name:
            content = part.get_payload(decode=True)
            return part.get_filename() or name, content if isinstance(content, bytes) else b""
    raise Refusal("missing", f"there is no part `{name}`", name)
