"""The contract of a host that is paid: how to speak to it, in addition to what every provider says of itself."""

from __future__ import annotations

from abc import abstractmethod
from base64 import b64encode
from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote

from storyforge.model.messages import Answer, Collecting, Finding, Recovery, Refused, Request, Step, Upload, Uploading
from storyforge.providers.answers import classify_refusal, host_message
from storyforge.providers.base import Provider

DAY = 86_400.0


class Host(Provider):
    """Requests are said and answers read here; sending, waiting and remembering are others' work."""

    recovery: Recovery
    """What is done about an order whose answer was lost."""
    early_refusals: frozenset[int] = frozenset({429})
    """HTTP statuses by which an order is surely not accepted, and may be sent again as it was after a while."""
    id_seconds: float | None = None
    """How long the host knows an order by its id again, as it states; None where an order has no id of ours."""
    at_once: int = 2
    """Orders under way at a time, unless a setting says otherwise."""
    per_minute: int | None = None
    """Orders sent in any minute, unless a setting says otherwise; None where the host states no rate."""
    pictures: Literal["upload", "inline", "address"]
    """How a local picture gets there: uploaded first, inside the order where it is small, or only by an address that
    somebody else must give it."""
    inline_bytes: int = 0
    """Largest picture that goes inside an order as a data URI; larger ones are uploaded."""
    reorders: bool = True
    """Whether a failure that its table calls transient may be ordered again in the same run."""
    refunds_failures: bool = False
    """Whether its page says that a failed job costs nothing; elsewhere what failed may be billed."""
    poll_seconds: float = 2.0
    """Least time between two polls of a job that the host advises."""

    @abstractmethod
    def authorization(self, keys: Mapping[str, str]) -> Mapping[str, str]:
        """The headers that carry the credentials; `keys` are the values of `settings` by name."""

    @abstractmethod
    def read_order(self, answer: Answer, order: Request) -> str | Refused | None:
        """The id of the accepted job, a clear no, or None where the answer does not tell: then it counts as lost.

        A no for the reason `limit` leaves the order as it was: the same bytes may be sent again after a while.
        """

    @abstractmethod
    def collect(self, number: str) -> Collecting:
        """Follows a job to its film; an unknown status word is waited through, with a note."""

    def upload(self, picture: Upload) -> Uploading:
        """Brings a picture to the host."""
        raise TypeError(f"{self.name} takes no uploads")

    def find(self, order: Request) -> Finding:
        """Asks for the jobs of the account, whole: the list is not narrowed by any clock of ours. Where the host has no
        list that shows what was ordered, whatever it can say of the order's id."""
        raise TypeError(f"{self.name} has no list")

    def price(self, order: Request) -> Generator[Step, Answer | None, float | None]:
        """Asks the host what an order would cost, in US dollars; None where it does not tell."""
        # Without a `yield` this would be no generator, and it is run as one.
        yield from ()
        return None

    def with_account(self, order: Request, account: str) -> Request:
        """The order as one account sends it, where its id must differ from that of another; `account` is a hash."""
        return order

    def with_callback(self, order: Request, address: str) -> Request:
        """The order with an address that the host calls when the job ends; as it was where it calls nobody."""
        return order

    def read_callback(self, headers: Mapping[str, str], body: bytes, secret: str | None, now: float) -> str | None:
        """The number of the job that a call to us is about; None where it is unreadable, or not signed as it should."""
        return None

    def read_refusal(self, answer: Answer, said: Any, status: int | None = None) -> Refused | None:
        """The no in an answer to something asked of the host, in its words; None where it is not clearly one."""
        status = status or answer.status
        words = host_message(said)
        reason = "limit" if status in self.early_refusals else classify_refusal(status, words)
        return Refused(reason, words or f"HTTP {status}") if reason else None


def bearer(key: str) -> dict[str, str]:
    """The header of a bearer token, without white space around the key."""
    return {"Authorization": f"Bearer {key.strip()}"}


def data_uri(picture: Upload) -> str:
    """A picture inside a request: its bytes as base64, a third longer."""
    return f"data:{picture.media_type};base64,{b64encode(picture.content).decode()}"


def path_step(number: str) -> str:
    """A number as one step of an address, whatever characters a host puts into it."""
    return quote(number, safe="")


def with_header(request: Request, name: str, value: str) -> Request:
    """The request with one header set; the rest is as it was."""
    return replace(request, headers={**request.headers, name: value})
