"""Values that are never shown, whatever text they turn up in."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote


class Secrets:
    """Values that are never shown, whatever text they turn up in."""

    SHORTEST = 6
    """A shorter value would blank out ordinary words."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def add(self, *values: str) -> None:
        """Adds values, also as they are percent-encoded; one of less than `SHORTEST` characters is left out."""
        for value in values:
            if len(value.strip()) >= self.SHORTEST:
                self._values |= {value.strip(), quote(value.strip(), safe="")}

    def redact(self, text: str) -> str:
        """The text with `***` in place of each value; the longest go first, since one may hold another."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, "***")
        return text

    def redact_bytes(self, content: bytes) -> bytes:
        """What a host answered, without our keys: words that are cut short later may end in half a key, which `redact`
        does not know any more."""
        for value in sorted(self._values, key=len, reverse=True):
            for written in {value, value.replace("/", "\\/")}:  # some write a slash of JSON so
                content = content.replace(written.encode(errors="replace"), b"***")
        return content


secrets = Secrets()
"""Those of this process; a key is added where it is read, before anything is sent.

It is one for the process and not handed from call to call, so that a text is redacted wherever it is made, even by a
function that knows no key: a key that one client sends must not be shown by another."""


# "Basic" is an ordinary word too, so what follows it counts only with a digit or a `=` in it.
_TOKENS = re.compile(r"\b(bearer\s+)[\w.~+/=:-]{8,}|\b(basic\s+)(?=\S*[\d=])[\w+/-]{8,}=*", re.IGNORECASE)


# As a header, as JSON or a Python mapping, and as either of them escaped inside of another text.
_HEADERS = re.compile(
    r"(authorization|cookie|api[-_]?(?:key|secret))"
    r"(\\?[\"']?\s*[:=]\s*\\?[\"']?)"
    r"(?:(?:bearer|basic|token|key)\s+)?[^\s\"',;&\\]+",
    re.IGNORECASE,
)


_USERS = re.compile(r"(://)[^\s/?#@\"'<>]+@")


_QUERIES = re.compile(r"[?#][^\s\"'<>`?#]+")


# Parameters of signed addresses, among them those of the stores of Amazon, Google, Alibaba, Tencent, ByteDance and
# Microsoft.
_SIGNED = re.compile(
    r"(^|[?#&;]|u0026|amp;)[\w.-]*(sig|token|expire|key|secret|credential|auth|passw|policy|x-(amz|goog|oss|cos|tos|ms)-)"
    r"[\w.-]*=",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """The text as it may be printed or stored: without keys, tokens, and the queries of signed addresses."""
    text = secrets.redact(text)
    text = _TOKENS.sub(lambda found: f"{found[1] or found[2]}***", text)
    text = _HEADERS.sub(r"\1\2***", text)
    text = _USERS.sub(r"\1***@", text)
    # Unquoted twice: an address inside of another address is encoded once more.
    return _QUERIES.sub(
        lambda found: found[0][0] + "***" if _SIGNED.search(unquote(unquote(found[0]))) else found[0], text
    )
