"""Scenario: the model's id is in the path, and a picture is an asset of the account."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from storyforge.model.capabilities import ALL_ASPECTS, CHARACTER_N, EITHER_MODES, MEGABYTE, Limits, Mode
from storyforge.model.clip import Job
from storyforge.model.messages import (
    Answer,
    Collecting,
    Filmless,
    Finding,
    ListedJob,
    Note,
    Placed,
    Ready,
    Recovery,
    Refused,
    Request,
    Upload,
    Uploading,
    Wait,
)
from storyforge.providers.answers import (
    address_at,
    at,
    host_message,
    items_at,
    list_at,
    moment,
    number_at,
    read_failure,
    share_at,
    text_at,
    word_at,
)
from storyforge.providers.asking import Asking, Pages, Unseen, ask, follow, read_list, unknown_word
from storyforge.providers.base import NO_PICTURES, merge_extra, picture_address
from storyforge.providers.host import Host, path_step

REFERENCE_MODEL = "model_alibaba-happy-horse-reference-to-video-1.1"
"""References have a model of their own. https://app.scenario.com/api/models/MODEL/markdown describes each."""


RUNNING = ("pending", "queued", "warming-up", "in-progress", "finalizing")
IMPORTING = ("pending", "validating", "validated", "complete", "imported")
IN_ONE = 6_000_000
"""Pictures below this go in one request, larger ones in parts. https://docs.scenario.com/get-started/content/uploading-assets"""
DRY_RUN = 269
"""The HTTP status by which the host says that nothing was ordered."""


class Scenario(Host):
    """Scenario: a lost order is looked for in the list of jobs; billed in compute units of no public price."""

    name = "scenario"
    title = "Scenario"
    model = "model_alibaba-happy-horse-1.1"
    base_url = "https://api.cloud.scenario.com/v1"
    # Failed jobs are refunded unless an order asks for the opposite, which ours do not. scenario-sdk 2.4.0 (2026-11)
    refunds_failures = True
    settings = ("SCENARIO_SDK_API_KEY", "SCENARIO_SDK_API_SECRET")
    # Nothing but these words binds a picture here; a name in plain words leaves it unused.
    dialect = CHARACTER_N
    limits = Limits(aspects=ALL_ASPECTS, picture_bytes=10 * MEGABYTE, own_ids="asset")
    modes = EITHER_MODES
    prices = None  # billed in compute units; no number is public (2026-11-21), and a dry run tells units too
    recovery = Recovery.FIND
    at_once = 2  # the limit is each team's own, given by `GET /teams/ID/limits`
    pictures = "upload"
    reorders = False  # its failures come without a code: nothing tells one that may pass

    def order(self, job: Job, pictures: Mapping[str, str] = NO_PICTURES) -> Request:
        """References are rendered by another model than text and first frames."""
        # An array even for one reference: a single value in its place is dropped without a word.
        references = [picture_address(pictures, token) for token in job.references]
        by_mode: dict[Mode, tuple[str, dict[str, Any]]] = {
            "text-to-video": (self.model, {"aspectRatio": job.aspect}),
            # Takes an aspect but follows the frame, so none is sent.
            "image-to-video": (self.model, {"image": picture_address(pictures, job.first_frame)}),
            "reference-to-video": (REFERENCE_MODEL, {"referenceImages": references, "aspectRatio": job.aspect}),
        }
        model, inputs = by_mode[job.mode]
        body = {
            "prompt": job.prompt,
            **inputs,
            "resolution": job.resolution.upper(),  # `720P`; left out, it would be 1080P, and dearer
            "duration": job.seconds,
            "seed": job.seed,
        }
        return Request("POST", f"{self.base_url}/generate/custom/{model}", merge_extra(body, job.extra))

    def authorization(self, keys: Mapping[str, str]) -> Mapping[str, str]:
        """HTTP Basic, with the key as user and the secret as password."""
        pair = ":".join(keys[setting].strip() for setting in self.settings)
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    def read_order(self, answer: Answer, order: Request) -> str | Refused | None:
        """The HTTP status alone decides; the answer to a dry run is no job."""
        # The shape of errors is not published (2026-11-21): the HTTP status decides, and words are taken wherever
        # they stand.
        said = answer.json
        if 200 <= answer.status < 300:
            return number_at(said, "job", "jobId") if answer.status != DRY_RUN else None
        return self.read_refusal(answer, said)

    def collect(self, number: str) -> Collecting:
        """In two steps: the job names what it made, and each of these is asked for its address."""
        poll = Request("GET", f"{self.base_url}/jobs/{path_step(number)}")
        end = yield from follow(poll, self._read, self.poll_seconds)
        if isinstance(end, Unseen):
            return end.ended
        if isinstance(end, Refused | Filmless):
            return end
        words, said = "the job is done, without a film", None
        for name in end:
            asset = yield from self._asset(name)
            # An asset that is not a film, or not there, says nothing of the job: that is done, and paid.
            match asset:
                case Unseen() | Filmless():
                    words, said = asset.words, asset.said
                case Refused() if asset.reason != "credentials":
                    words = asset.words
                case _:
                    return asset
        return Filmless(words, {"assets": end, "asset": said})

    def _asset(self, name: str) -> Asking[Ready | Filmless | Refused | Unseen]:
        poll = Request("GET", f"{self.base_url}/assets/{path_step(name)}")
        return (yield from follow(poll, _film, self.poll_seconds))

    def _read(self, said: Any) -> list[str] | Refused | Unseen | Wait | Note | None:
        job = at(said, "job")
        match word_at(job, "status"):
            case None:
                return None
            case "success":
                found = items_at(job, "metadata", "assetIds")
                names = [name for item in found if (name := number_at(item))]
                return names or Unseen("the job is done, without a film", said)
            case "failure" | "canceled" | "cancelled" as word:
                metadata = at(job, "metadata")
                words = host_message([at(metadata, "error"), at(metadata, "hint")])
                return read_failure("fault", words or f"{self.title} says `{word}` and no more")
            case word if word in RUNNING:
                return Wait(self.poll_seconds, share_at(job, 1, "progress"))
            case word:
                return unknown_word(self.title, word)

    def upload(self, picture: Upload) -> Uploading:
        """In one request as base64 below `IN_ONE` bytes, in parts from there on."""
        if len(picture.content) >= IN_ONE:
            return (yield from self._upload_in_parts(picture))
        asked = {"name": picture.name, "image": b64encode(picture.content).decode()}
        answer = yield from ask(Request("POST", f"{self.base_url}/assets", asked))
        return self._placed(answer, "asset", "id")

    def _upload_in_parts(self, picture: Upload) -> Uploading:
        content = picture.content
        asked = {
            "kind": "image",
            "fileName": picture.name,
            "contentType": picture.media_type,
            "fileSize": len(content),
            "parts": 1,  # a picture is far below what one part may hold
        }
        answer = yield from ask(Request("POST", f"{self.base_url}/uploads", asked))
        number = number_at(answer.json, "upload", "id")
        part = address_at(answer.json, "upload", "parts", 0, "url")
        if not number or not part:
            return self._not_placed(answer)
        sent = yield from ask(Request("PUT", part, content=content, keyed=False))
        if not 200 <= sent.status < 300:
            return Refused("transient", host_message(sent.json) or f"the picture was not taken: HTTP {sent.status}")
        address = f"{self.base_url}/uploads/{path_step(number)}"
        done = yield from ask(Request("POST", f"{address}/action", {"action": "complete"}))
        if not 200 <= done.status < 300:
            return self._not_placed(done)
        end = yield from follow(Request("GET", address), self._imported, self.poll_seconds)
        return Refused("fault", end.words) if isinstance(end, Unseen | Filmless) else end

    def _imported(self, said: Any) -> Placed | Refused | Wait | Note | None:
        upload = at(said, "upload")
        match word_at(upload, "status"):
            case None:
                return None
            case "failed":
                return read_failure("fault", host_message(upload))
            case word if word in IMPORTING:
                name = number_at(upload, "entityId")
                return Placed(name) if name and word == "imported" else Wait(self.poll_seconds)
            case word:
                return unknown_word(self.title, word)

    def _placed(self, answer: Answer, *path: str) -> Placed | Refused:
        """Kept until it is deleted."""
        name = number_at(answer.json, *path) if 200 <= answer.status < 300 else None
        return Placed(name) if name else self._not_placed(answer)

    def _not_placed(self, answer: Answer) -> Refused:
        words = host_message(answer.json) or f"the picture was not taken: HTTP {answer.status}"
        return self.read_refusal(answer, answer.json) or Refused("transient", words)

    def find(self, order: Request) -> Finding:
        """Pages through all jobs of the account, for those of the same model and the same body."""
        # No `type` with `createdAfter`: the host's own client, scenario-sdk 2.4.0, says that the two exclude each
        # other (2026-11-21). The date is before any job, so no clock of ours leaves one out.
        asked = {"createdAfter": "2000-01-01T00:00:00.000Z", "pageSize": "100"}
        model = urlsplit(order.url).path.rpartition("/")[2]

        def page(count: int, last: Any) -> Request | None:
            token = address_at(last, "nextPaginationToken")
            query = {**asked, "paginationToken": token} if token else asked
            return Request("GET", f"{self.base_url}/jobs?{urlencode(query)}") if token or not count else None

        def read(job: Any) -> ListedJob | None:
            number = number_at(job, "jobId")
            other = text_at(job, "jobType") not in ("custom", None) or _model(job) not in (model, None)
            body = None if other else at(job, "metadata", "input")
            known = other or isinstance(body, dict)
            return ListedJob(number, body, moment(at(job, "createdAt"))) if number and known else None

        return read_list(Pages(page, lambda said: list_at(said, "jobs"), read))


def _film(said: Any) -> Ready | Filmless | Unseen:
    """An address may come a moment later; a still next to the film never becomes one."""
    asset = at(said, "asset")
    kind, url = word_at(asset, "mimeType"), address_at(asset, "url")
    if kind and not kind.startswith("video/"):
        return Filmless("the job is done, without a film", said)
    return Ready(url) if kind and url else Unseen("the job is done, without the address of a film", said)


def _model(job: Any) -> str | None:
    """The model of a job; None where the host does not say."""
    return (
        text_at(job, "metadata", "input", "modelId") or text_at(job, "metadata", "modelId") or text_at(job, "modelId")
    )
