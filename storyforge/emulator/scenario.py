"""Scenario: Basic credentials, pictures as assets only, jobs whose films are assets again."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from storyforge.emulator.calls import Body, Call
from storyforge.emulator.checks import (
    DURATION,
    NINE_RATIOS,
    PROMPT,
    REFERENCES,
    SEED,
    SIZES,
    Field,
    find_breach,
    is_loopback,
    shape_size,
)
from storyforge.emulator.host import Host, iso, json_response
from storyforge.emulator.jobs import Film, Job, token
from storyforge.emulator.lists import limit_page, rename_keys, take_page
from storyforge.emulator.pictures import PictureLimits, fetch_address, look_at, visible_pictures
from storyforge.emulator.refusals import Refusal
from storyforge.emulator.webhooks import scenario_headers

VIDEO = "model_alibaba-happy-horse-1.1"
COMMON = {
    "prompt": PROMPT,
    "resolution": Field("text", choices=("720P", "1080P")),
    "duration": DURATION,
    "aspectRatio": Field("text", choices=NINE_RATIOS),
    "seed": SEED,
}
MODELS: dict[str, dict[str, Field]] = {
    VIDEO: {**COMMON, "image": Field("text", low=1)},
    "model_alibaba-happy-horse-reference-to-video-1.1": {**COMMON, "referenceImages": REFERENCES},
    "model_alibaba-happy-horse-reference-to-video": {**COMMON, "referenceImages": REFERENCES},
}
PAGES = "https://app.scenario.com/api/models"
SOURCES = {model: f"{PAGES}/{model}/markdown" for model in MODELS}
"""Where the fields of each model are known from."""
FORMS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF")
FIRST = PictureLimits(1, 10_000_000, FORMS)
REFERENCE = PictureLimits(400, 10_000_000, FORMS)
UNITS = {"720P": 14, "1080P": 18}
"""Compute units a second; the host's are not public (2026-11)."""
SMALL_UPLOAD = 6_000_000
STATUSES = ("pending", "queued", "warming-up", "in-progress", "finalizing", "success", "failure", "canceled")
HOUR = 3600
REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    402: "PaymentRequired",
    403: "Forbidden",
    404: "NotFound",
    429: "TooManyRequests",
}


CLIENT = "scenario-sdk 2.4.0"
PARTS = "https://docs.scenario.com/get-started/content/uploading-assets"


def _call(method: str, path: str, handler: str, *, body: Body = "none", query: tuple[str, ...] = ()) -> Call:
    """A call of the host's client; most take the project as a query parameter."""
    return Call(method, path, handler, CLIENT, body, "basic", ("projectId", *query))


class Scenario(Host):
    """Scenario: pictures and films are assets, prices are compute units, callbacks go to a project's endpoints."""

    name: ClassVar[str] = "scenario"
    version: ClassVar[str] = "/v1"
    picture_forms: ClassVar[tuple[str, ...]] = ("upload",)

    calls: ClassVar[tuple[Call, ...]] = (
        _call("POST", "/generate/custom/{model}", "order", body="json", query=("dryRun", "ipDetection")),
        _call(
            "GET", "/jobs", "list",
            query=(
                "authorId", "createdAfter", "hideResults", "pageSize", "paginationToken", "status", "type", "types",
                "updatedAfter", "workflowId",
            ),
        ),
        _call("GET", "/jobs/{id}", "job"),
        _call("POST", "/jobs/{id}/action", "act", body="json"),
        _call("GET", "/models/{model}", "model", query=("originalAssets",)),
        _call("POST", "/assets", "add_asset", body="json", query=("originalAssets",)),
        _call(
            "GET", "/assets/{id}", "asset", query=("originalAssets", "withEmbedding", "withQualityGateDetails")
        ),
        _call("DELETE", "/assets", "delete_assets", body="json"),
        _call("POST", "/uploads", "begin_upload", body="json", query=("dryRun",)),
        _call("GET", "/uploads/{id}", "upload"),
        Call("PUT", "/uploads/{id}/parts/{number:int}", "put_part", PARTS, body="bytes", key="none"),
        _call("POST", "/uploads/{id}/action", "end_upload", body="json"),
        _call("POST", "/projects/{project}/webhook-endpoints", "add_endpoint", body="json"),
        _call("GET", "/projects/{project}/webhook-endpoints", "endpoints"),
        _call(
            "GET", "/usages", "usages",
            query=(
                "activityOffset", "dropZeroPoints", "endDate", "projectIds", "startDate", "teamId", "timeRange", "type",
                "userId", "userIds",
            ),
        ),
    )  # fmt: skip

    def word_refusal(self, refusal: Refusal) -> Response:
        """The JSON of errors is published nowhere (2026-11); `details` of a 429 is."""
        error: dict[str, Any] = {
            "code": REASONS.get(refusal.status, "InternalError" if refusal.status >= 500 else "BadRequest"),
            "message": refusal.message,
        }
        if refusal.kind == "rate":
            error["details"] = {"actionName": "parallel-custom-jobs", "actionLimit": 5}
        return json_response({"error": error}, refusal.status, refusal.headers)

    def account(self, request: Request) -> str:
        """Who asks, by HTTP Basic with key and secret; an empty secret or `bad` is refused."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            key, colon, secret = base64.b64decode(given.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            key = colon = secret = ""
        return self.check_key(key if scheme.lower() == "basic" and colon and secret not in ("", "bad") else "")

    # orders

    async def order(self, request: Request) -> Response:
        """Accepts a job, or on a dry run answers its compute units with status 269."""
        account, model = self.account(request), request.path_params["model"]
        if model not in MODELS:
            raise Refusal("absent", f"model `{model}` not found")
        body = await self.json_object(request)
        film = await self._film(account, model, body)
        cost = UNITS[body.get("resolution", "1080P")] * film.seconds
        if dry := request.query_params.get("dryRun"):
            if dry not in ("true", "api"):
                raise Refusal("invalid", "`dryRun` is `true` or `api`", "dryRun")
            return json_response({"creativeUnitsCost": cost}, 269)
        self.before_order(account)
        job = self.draft(account, model, body, film, id=f"job_{token(12)}", seed=body.get("seed"), extra={"cost": cost})
        job.extra["assets"] = [f"asset_{token(12)}"]
        self.accept(job)
        self.desk.store.put("asset", self.name, job.extra["assets"][0], {"job": job.id}, account)
        await self._tell_endpoints("generation.created", job)
        await self.begin(job)
        await self.after_order()
        return json_response({"job": self._told(job, "queued"), "creativeUnitsCost": cost})

    async def _film(self, account: str, model: str, sent: dict[str, Any]) -> Film:
        # The host drops a scalar silently where it expects an array.
        body = {name: value for name, value in sent.items() if name != "referenceImages" or isinstance(value, list)}
        self.demand(find_breach(body, MODELS[model]))
        tier, prompt, seconds = body.get("resolution", "1080P").lower(), body["prompt"], body.get("duration", 5)
        size = SIZES[body.get("aspectRatio", "16:9"), tier]
        if "image" in body:
            first = await self.see(body["image"], account, "image", FIRST)
            size = shape_size(first.width, first.height, tier) if first else size
            return Film(*size, seconds, prompt, first.sha256 if first else None)
        references = body.get("referenceImages", [])
        if references:
            self._check_names(prompt, len(references))
        return Film(
            *size,
            seconds,
            prompt,
            None,
            visible_pictures(await self.see_all(references, account, "referenceImages", REFERENCE)),
        )

    def _check_names(self, prompt: str, references: int) -> None:
        """Pictures are bound by `character1` and so on, and by nothing else."""
        named = {int(number) for number in re.findall(r"\bcharacter(\d+)\b", prompt)}
        if not named:
            raise Refusal("invalid", "the prompt names no reference: use character1 to character9", "prompt")
        if beyond := [number for number in sorted(named) if not 1 <= number <= references]:
            raise Refusal("invalid", f"the prompt names character{beyond[0]}, which has no picture", "prompt")

    # results

    def _status(self, job: Job) -> str:
        if not job.ended:
            return self.running(job, "queued", "warming-up", "in-progress", "finalizing")
        return "failure" if job.failed else "success"

    def _told(self, job: Job, status: str | None = None) -> dict[str, Any]:
        status = status if status and not job.ended else self._status(job)
        done = status == "success"
        made = self.place_film("assetIds", job.extra["assets"], "resultIds") if done else {"assetIds": []}
        metadata: dict[str, Any] = {**made, "input": {**job.body, "modelId": job.model}}
        if status == "failure":
            words = {"moderation-later": "the content was flagged", "transient-failure": "the provider timed out"}
            metadata |= {"error": words.get(job.failed or "", "the generation failed"), "hint": "change the prompt"}
        created, updated = iso(self.show_time(job.created)), iso(self.show_time(job.ended or job.created))
        history = [{"date": created, "status": "queued"}]
        return {
            "jobId": job.id,
            "jobType": "custom",
            "status": status,
            "progress": 1 if done else min(0.99, round(self.share(job), 2)),
            "metadata": metadata,
            "statusHistory": history + ([{"date": updated, "status": status}] if job.ended else []),
            "billing": {"cuCost": job.extra["cost"], "cuDiscount": 0},
            "createdAt": created,
            "updatedAt": updated,
            "ownerId": "proj_emulated",
            "authorId": job.account,
        }

    def _job(self, name: str, account: str) -> Job:
        job = self.desk.store.job(self.name, name, account)
        if job is None:
            raise Refusal("absent", f"job `{name}` not found")
        return job

    async def job(self, request: Request) -> Response:
        """A job by its id; another account's is not found."""
        job = self._job(request.path_params["id"], self.account(request))
        struck = await self.at_poll()
        if struck == "empty-data":
            return json_response({})
        answer = {"job": self._told(job)}
        return json_response(
            answer | {"errors": [{"message": "another job failed"}]} if struck == "errors-beside-data" else answer
        )

    async def act(self, request: Request) -> Response:
        """Refuses to cancel, as the host does for jobs of this kind."""
        self._job(request.path_params["id"], self.account(request))
        body = await self.json_object(request)
        self.demand(find_breach(body, {"action": Field("text", required=True, choices=("cancel",))}))
        raise Refusal("invalid", "Cannot cancel this type of job")

    async def list(self, request: Request) -> Response:
        """Newest first. `createdAfter` is allowed only without a filter, as the host's client says."""
        account, asked = self.account(request), request.query_params
        filters = [name for name in ("status", "type", "types", "workflowId") if name in asked]
        if "createdAfter" in asked and filters:
            raise Refusal("invalid", f"`createdAfter` is not allowed with `{filters[0]}`", "createdAfter")
        if "updatedAfter" in asked and not filters:
            raise Refusal("invalid", "`updatedAfter` needs `status`, `type` or `types`", "updatedAfter")
        if asked.get("status", "success") not in STATUSES:
            raise Refusal("invalid", "`status` is not one of the known", "status")
        size, start = _number(asked.get("pageSize", "50")), _number(asked.get("paginationToken", "0"))
        if not 1 <= size <= 100 or start < 0:
            raise Refusal("invalid", "`pageSize` is a number from 1 to 100", "pageSize")
        after = _moment(asked.get("createdAfter") or asked.get("updatedAfter"))
        kinds = (asked.get("types") or asked.get("type") or "custom").split(",")
        found = [
            job
            for job in reversed(self.desk.store.jobs(self.name, account))
            if self.is_listed(job)
            and self.show_time(job.ended or job.created if "updatedAfter" in asked else job.created) > after
            and asked.get("status") in (None, self._status(job))
            and "custom" in kinds
        ]
        struck = await self.at_list()
        page = [] if struck == "empty-page" else take_page(struck, found, start, limit_page(struck, size))
        follows = start + len(page)
        answer = rename_keys(struck, {"jobs": [self._told(job) for job in page]}, "jobs")
        last = struck == "empty-list" or follows >= len(found)
        return json_response(answer if last else {**answer, "nextPaginationToken": str(follows)})

    async def _tell_endpoints(self, event: str, job: Job) -> None:
        """Payload and signature are published nowhere (2026-11); assumed: the event with the job."""
        for endpoint in self.desk.store.every("endpoint", self.name, job.account):
            if {"*", event} & set(endpoint["enabledEvents"]):
                body = {
                    "id": f"evt_{token(8)}",
                    "type": event,
                    "createdAt": iso(self.show_time()),
                    "data": {"job": self._told(job)},
                }
                await self.send_callback(job, endpoint["url"], body, partial(scenario_headers, endpoint["secret"]))

    async def call_back(self, job: Job) -> None:
        """Posts the end of a job to the endpoints that are enabled for it."""
        await self._tell_endpoints("generation.failed" if job.failed else "generation.completed", job)

    # assets

    async def asset(self, request: Request) -> Response:
        """An uploaded picture or a finished film with its address, which is valid for an hour."""
        account, name = self.account(request), request.path_params["id"]
        if uploaded := self.desk.store.get("upload", self.name, name, account):
            return json_response({"asset": self._picture(name, uploaded, account)})
        made = self.desk.store.get("asset", self.name, name, account)
        job = self._job(made["job"], account) if made else None
        if job is None or not job.ended or job.failed:
            raise Refusal("absent", f"asset `{name}` not found")
        film = self.film(job)
        size = self.desk.films.path(film).stat().st_size
        properties = {
            "size": size,
            "duration": film.seconds,
            "frameRate": 24,
            "width": film.width,
            "height": film.height,
        }
        address, ended = self.film_address(job, seconds=HOUR), self.show_time(job.ended)
        return json_response(
            {"asset": self._asset(name, "video", "video/mp4", address, properties, ended, account) | {"nsfw": []}}
        )

    def _asset(
        self, name: str, kind: str, mime: str, url: str, properties: dict[str, Any], at: float, account: str
    ) -> dict[str, Any]:
        source = "uploaded" if kind == "image" else "generation:custom"
        return {
            "id": name, "url": url, "mimeType": mime, "kind": kind, "properties": properties, "status": "success",
            "source": source, "metadata": {"kind": kind, "type": "uploaded" if kind == "image" else "custom"},
            "createdAt": iso(at), "updatedAt": iso(at), "authorId": account, "ownerId": "proj_emulated", "tags": [],
            "collectionIds": [], "editCapabilities": [], "privacy": "private",
        }  # fmt: skip

    def _picture(self, name: str, stored: dict[str, Any], account: str) -> dict[str, Any]:
        address = self.upload_address(stored["sha256"], stored["form"], HOUR)
        properties = {name: stored[name] for name in ("size", "width", "height")}
        return self._asset(
            name, "image", f"image/{stored['form'].lower()}", address, properties, stored["time"], account
        )

    def _keep(self, content: bytes, account: str, field: str) -> tuple[str, dict[str, Any]]:
        picture = look_at(content, field, self.desk.store)
        if picture.form not in FORMS:
            raise Refusal("invalid", f"{picture.form} is not supported", field)
        name = f"asset_{token(12)}"
        stored = {
            "sha256": picture.sha256, "form": picture.form, "size": picture.size, "width": picture.width,
            "height": picture.height, "time": self.show_time(),
        }  # fmt: skip
        self.desk.store.put("upload", self.name, name, stored, account)
        return name, stored

    async def add_asset(self, request: Request) -> Response:
        """Takes a picture as base64, below `SMALL_UPLOAD` bytes."""
        account, body = self.account(request), await self.json_object(request)
        fields = {"name": Field("text", required=True, low=1), "image": Field("text", required=True, low=1)}
        more = {"collectionIds": Field("texts"), "hide": Field("flag"), "parentId": Field("text")}
        self.demand(find_breach(body, fields | more))
        try:
            content = base64.b64decode(body["image"].rpartition(",")[2], validate=True)
        except (binascii.Error, ValueError):
            raise Refusal("invalid", "`image` is not base64", "image") from None
        if len(content) >= SMALL_UPLOAD:
            raise Refusal("invalid", "`image` is 6 MB or more; use an upload", "image")
        name, stored = self._keep(content, account, "image")
        return json_response({"asset": self._picture(name, stored, account)})

    async def delete_assets(self, request: Request) -> Response:
        """Deletes pictures until one is not found; films stay."""
        account, body = self.account(request), await self.json_object(request)
        self.demand(find_breach(body, {"assetIds": Field("texts", required=True, low=1)}))
        for name in body["assetIds"]:
            if not self.desk.store.get("upload", self.name, name, account):
                raise Refusal("absent", f"asset `{name}` not found")
            self.desk.store.delete("upload", self.name, name)
        return json_response({})

    # uploads in parts

    async def begin_upload(self, request: Request) -> Response:
        """Announces an upload in parts and answers with their addresses, or imports from a `url`."""
        account, body = self.account(request), await self.json_object(request)
        self.demand(find_breach(body, UPLOAD))
        if "url" in body:
            return await self._import(account, body)
        for name in ("fileName", "contentType", "fileSize", "parts"):
            if name not in body:
                raise Refusal("missing", f"`{name}` is required", name)
        stored = {"id": f"upload_{token(12)}", "status": "pending", "time": self.show_time(), **body, "received": {}}
        self.desk.store.put("ticket", self.name, stored["id"], stored, account)
        return json_response({"upload": self._upload_told(stored, account, parts=True)})

    async def _import(self, account: str, body: dict[str, Any]) -> Response:
        if not is_loopback(body["url"]):
            raise Refusal("unfetchable", "the emulator fetches nothing from beyond this machine", "url")
        content = await fetch_address(body["url"], "url", self.desk.links, self.desk.store)
        name, _ = self._keep(content or b"", account, "url")
        stored = {"id": f"upload_{token(12)}", "status": "imported", "time": self.show_time(), **body, "entityId": name}
        self.desk.store.put("ticket", self.name, stored["id"], stored, account)
        return json_response({"upload": self._upload_told(stored, account)})

    def _upload_told(self, stored: dict[str, Any], account: str, parts: bool = False) -> dict[str, Any]:
        name, expires = stored["id"], iso(self.show_time() + HOUR)
        answer = {
            "id": name, "status": stored["status"], "kind": stored["kind"],
            "fileName": stored.get("fileName", "imported"),
            "source": "url" if "url" in stored else "multipart", "authorId": account, "ownerId": "proj_emulated",
            "createdAt": iso(stored["time"]), "updatedAt": iso(self.show_time()),
        }  # fmt: skip
        answer |= {key: stored[key] for key in ("contentType", "fileSize", "entityId", "errorMessage") if key in stored}
        if parts:
            answer["partsCount"] = stored["parts"]
            answer["parts"] = [
                {
                    "number": one,
                    "url": self.desk.links.sign(f"{self.prefix}/uploads/{name}/parts/{one}", HOUR),
                    "expires": expires,
                }
                for one in range(1, stored["parts"] + 1)
            ]
        return answer

    def _ticket(self, name: str, account: str | None = None) -> dict[str, Any]:
        stored = self.desk.store.get("ticket", self.name, name, account)
        if stored is None:
            raise Refusal("absent", f"upload `{name}` not found")
        return stored

    async def upload(self, request: Request) -> Response:
        """How far an upload is."""
        account = self.account(request)
        stored = self._ticket(request.path_params["id"], account)
        return json_response({"upload": self._upload_told(stored, account)})

    async def put_part(self, request: Request) -> Response:
        """The bytes of a part, without a key."""
        if self.desk.links.check(request.url.path, request.url.query):
            raise Refusal("forbidden", "the signature does not match or has expired")
        stored = self._ticket(request.path_params["id"])
        sha256 = self.desk.store.keep(await request.body())
        stored["received"][str(request.path_params["number"])] = sha256
        self.desk.store.put("ticket", self.name, stored["id"], stored)
        return Response(headers={"ETag": f'"{sha256[:32]}"'})

    async def end_upload(self, request: Request) -> Response:
        """Joins the parts to an asset; answers `validating`, or `failed` where the size is not the one announced."""
        account, body = self.account(request), await self.json_object(request)
        stored = self._ticket(request.path_params["id"], account)
        self.demand(find_breach(body, {"action": Field("text", required=True, choices=("complete",))}))
        parts = [stored["received"].get(str(number)) for number in range(1, stored["parts"] + 1)]
        if None in parts:
            raise Refusal("invalid", "not all parts were received")
        content = b"".join(self.desk.store.bytes_path(str(sha256)).read_bytes() for sha256 in parts)
        try:
            if len(content) != stored["fileSize"]:
                raise Refusal("invalid", "the size is not the one announced")
            stored["entityId"], _ = self._keep(content, account, "file")
            stored["status"] = "imported"
        except Refusal as refusal:
            stored |= {"status": "failed", "errorMessage": refusal.message}
        self.desk.store.put("ticket", self.name, stored["id"], stored, account)
        return json_response(
            {
                "upload": self._upload_told(
                    stored | {"status": "validating"} if "entityId" in stored else stored, account
                )
            }
        )

    # the rest of the house

    async def add_endpoint(self, request: Request) -> Response:
        """Adds an endpoint for callbacks; its secret is shown in this answer only."""
        account, body = self.account(request), await self.json_object(request)
        fields = {"url": Field("url", required=True), "enabledEvents": Field("texts", required=True, low=1)}
        self.demand(find_breach(body, fields | {"description": Field("text")}))
        at = iso(self.show_time())
        endpoint = {
            "id": f"whe_{token(8)}", **body, "enabled": True, "nbFailedCalls": 0, "nbTotalCalls": 0, "createdAt": at,
            "updatedAt": at, "ownerId": request.path_params["project"], "ownerType": "project",
            "secret": self.desk.webhook_secret or token(24),
        }  # fmt: skip
        self.desk.store.put("endpoint", self.name, endpoint["id"], endpoint, account)
        return json_response({"webhookEndpoint": endpoint})

    async def endpoints(self, request: Request) -> Response:
        """The account's endpoints, without their secrets."""
        found = self.desk.store.every("endpoint", self.name, self.account(request))
        return json_response({"webhookEndpoints": [{key: one[key] for key in one if key != "secret"} for one in found]})

    async def model(self, request: Request) -> Response:
        """A model with the inputs that it takes."""
        self.account(request)
        name = request.path_params["model"]
        if name not in MODELS:
            raise Refusal("absent", f"model `{name}` not found")
        return json_response(
            {
                "model": {
                    "id": name,
                    "name": name,
                    "type": "custom",
                    "inputs": [_input(*one) for one in MODELS[name].items()],
                }
            }
        )

    async def usages(self, request: Request) -> Response:
        """The compute units of all jobs of the account; failed ones cost none."""
        account = self.account(request)
        used = sum(job.extra["cost"] for job in self.desk.store.jobs(self.name, account) if not job.failed)
        return json_response({"usages": [{"creativeUnits": used}]})


UPLOAD = {
    "kind": Field("text", required=True, choices=("asset", "image")),
    "fileName": Field("text", low=1),
    "contentType": Field("text", low=1),
    "fileSize": Field("whole", low=1),
    "parts": Field("whole", low=1, high=100),
    "url": Field("url"),
    "assetOptions": Field("object"),
}


def _input(name: str, field: Field) -> dict[str, Any]:
    """A field as the host describes it."""
    kinds = {"whole": "number", "texts": "file_array"}
    told: dict[str, Any] = {"name": name, "type": "file" if name == "image" else kinds.get(field.kind, "string")}
    told |= {"required": {"always": True}} if field.required else {}
    told |= {"allowedValues": list(field.choices)} if field.choices else {}
    if field.kind == "text":
        return told | ({"maxLength": field.high} if field.high else {})
    return told | {"min": field.low, "max": field.high}


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else -1


def _moment(text: str | None) -> float:
    if not text:
        return 0.0
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise Refusal("invalid", f"`{text}` is not a date", "createdAfter") from None
