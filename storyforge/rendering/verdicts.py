"""How an order came out, as errors for people: in the host's words, and with what can be done."""

from __future__ import annotations

from storyforge.model.errors import CredentialsError, HostError, StoryForgeError
from storyforge.model.messages import Refused
from storyforge.providers.host import Host


class InvalidOrder(HostError):
    """A host takes an order for none: its parameters or its pictures."""


def say_refused(host: Host, said: Refused) -> StoryForgeError:
    """A host's no, or the failure of a job."""
    match said.reason:
        case "credentials":
            return CredentialsError(
                f"{host.title} does not accept the key: {said.words}", f"see to {' and '.join(host.settings)}"
            )
        case "credit":
            return HostError(f"{host.title} wants money: {said.words}", "top up the account, then run again")
        case "moderation":
            return HostError(
                f"{host.title} refused this clip for its content: {said.words}", "change the clip, or `--retry`"
            )
        case "invalid":
            return InvalidOrder(f"{host.title} refused this clip: {said.words}", "change the clip, or `--retry`")
        case "limit":
            return HostError(f"{host.title} takes no more now: {said.words}", "run again later")
    return HostError(f"{host.title} failed: {said.words}", "run again to repeat the order")


def say_unknown(clip: str, host: Host, words: str = "") -> HostError:
    """It is unknown whether an order was accepted; `words` say why it could not be found out."""
    told = f" ({words})" if words else ""
    return HostError(
        f"it is unknown whether {host.title} accepted the order of `{clip}`, so it is not sent again{told}",
        f"look at the account there, then `storyforge resolve FILE {clip} --lost` or `--order ID`",
    )


def say_absent(clip: str, host: Host) -> HostError:
    """An order surely never arrived. Sending it again needs a new confirmation."""
    return HostError(
        f"the order of `{clip}` never reached {host.title}: its list does not show it; nothing was paid",
        "`storyforge plan` has its price, and the next `storyforge render` asks for it",
    )


def say_too_often(host: Host, words: str | None) -> HostError:
    """A clip failed so often that only a person has it ordered again."""
    return HostError(f"{host.title} failed at this clip too often: {words}", "order it once more with `--retry`")


def say_unapproved(clip: str) -> HostError:
    """A clip would be ordered that nobody agreed to in this run."""
    return HostError(f"`{clip}` would be ordered again, and that was not confirmed", "run again, and confirm it")


def say_filmless(clip: str, host: Host, job_id: str | None, words: str, kept: str | None) -> HostError:
    """A job is done and paid for, and its film is not to be had; `kept` is the file with the host's answer."""
    told = f"; its answer is kept in {kept}: send it with a report" if kept else ""
    return HostError(
        f"{host.title} calls job {job_id} of `{clip}` done, but its film is not to be had: {words}{told}",
        f"it is paid for and stays attached; to order `{clip}` again nevertheless: `--retry`, or"
        f" `storyforge resolve FILE {clip} --give-up`",
    )


def say_gone(clip: str, host: Host, job_id: str | None) -> HostError:
    """A film that was fetched once, and whose host has it no longer."""
    said = f"{clip}: its take here is lost, and {host.title} has the film of {job_id} no longer"
    return HostError(said, "the next render orders it again, and says for how much before")


def say_no_longer(clip: str, host: Host, job_id: str | None, words: str) -> HostError:
    """A job is not known to the key, or at the address, of this run, which did not order it."""
    return HostError(
        f"{host.title} does not know job {job_id} of `{clip}`, which was ordered with another key or address: {words}",
        f"render with that one, or give the job up: `storyforge resolve FILE {clip} --give-up`",
    )


def say_elsewhere(clip: str, host: Host) -> HostError:
    """It is unknown whether an order was accepted, and this key or address is not the one to ask with."""
    return HostError(
        f"the order of `{clip}` was sent with another key or address of {host.title}, and was not answered yet",
        f"render with that one, or settle it: `storyforge resolve FILE {clip} --lost` or `--order ID`",
    )


def say_out_of_reach(host: Host, words: str) -> CredentialsError:
    """No connection came about, time after time; nothing arrived."""
    # Of this class for its exit code: as with a key that is not taken, no clip can be ordered before that is put right.
    return CredentialsError(f"{host.title} is out of reach: {words}", "see to the network, then run again")


def say_silent(host: Host) -> HostError:
    """A host that knows orders by their ids answered none of several sendings."""
    words = f"{host.title} did not answer an order"
    return HostError(words, "it is attached; the next run asks again without paying twice")
