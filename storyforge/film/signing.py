"""Sign a film with its takes as ingredients, by C2PA, with the certificate and the key of its maker.

The extra `c2pa` brings the library. The key stays where it is: it is read when it is used and written nowhere. No
network is asked for anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storyforge.film.origin import read_origin
from storyforge.model.errors import MediaError, UsageError
from storyforge.system.files import open_scratch, stage_file
from storyforge.system.inputs import read_file
from storyforge.system.project import Project
from storyforge.version import __version__

OFFLINE = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}
"""How the library is to work: it would fetch manifests from wherever a take says."""

DRAWN = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation"
"""What the IPTC calls a film that no model made."""

PROVENANCE = "com.storyforge.provenance"
"""The name of the assertion that holds the provenance, which is also written next to the film."""


LONGEST_PEM = 1 << 20
"""Bytes of the largest certificate or key that is read."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The person or company that signs a film."""

    certificate: Path
    """PEM: the certificate, then those of its issuers, up to the root."""
    key: Path
    """PEM: its private key, without a password."""

    @property
    def name(self) -> str:
        """Tells signers apart."""
        return hashlib.sha256(read_file(self.certificate, most=LONGEST_PEM)).hexdigest()[:16]


def find_signer(project: Project) -> Signer | None:
    """Who signs films, by the settings of a project; None where they name nobody. UsageError where a file or the extra
    is missing, or the key lies in the project."""
    settings = project.settings
    certificate, key = settings.text("sign_certificate"), settings.text("sign_key")
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        missing = "sign_key" if key is None else "sign_certificate"
        raise UsageError("a signature wants a certificate and its key", f"give `{missing}`, the path of a PEM file")
    found = Signer(Path(certificate).expanduser(), Path(key).expanduser())
    for name, path in (("sign_certificate", found.certificate), ("sign_key", found.key)):
        if not path.is_file():
            raise UsageError(f"there is no file at `{path}`", f"`{name}` is the path of a PEM file")
    if found.key.resolve().is_relative_to(project.root):
        raise UsageError(
            "the private key lies in the project", "keep it outside, so that it is never shared by mistake"
        )
    try:
        import c2pa  # noqa: F401  # whether it is here
    except ImportError:
        raise UsageError(
            "films are signed by the library c2pa, which is not here", "install the extra `c2pa`"
        ) from None
    # Read now, before anything is rendered: a key that cannot sign is not to be found out by a film that is paid for.
    _algorithm(found)
    return found


def sign_film(
    film: Path, out: Path, signer: Signer, title: str, takes: Mapping[str, Path], origin: Mapping[str, Any]
) -> list[str]:
    """Write a signed copy of a film. `takes` are its ingredients by their titles, `origin` is its provenance.

    Gives notes on takes whose own manifests are broken, which are no ingredients. MediaError where it cannot be signed,
    or the signature does not hold.
    """
    import c2pa

    algorithm = _algorithm(signer)
    context = c2pa.Context.from_dict(OFFLINE)
    try:
        builder, notes = _builder(title, takes, origin, context)
        chain, key = (read_file(path, most=LONGEST_PEM) for path in (signer.certificate, signer.key))
        with stage_file(out) as scratch, film.open("rb") as source:
            with (
                c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm, chain, key, None)) as hand,
                open_scratch(scratch) as signed,
            ):
                builder.sign(hand, "video/mp4", source, signed)
            with scratch.open("rb") as signed:
                state = c2pa.Reader("video/mp4", signed, None, context).get_validation_state()
            if state not in ("Valid", "Trusted"):
                raise MediaError("the signature of the film does not hold", "see to the certificate and its chain")
    except c2pa.C2paError as fault:
        raise MediaError("the film cannot be signed", "see to the certificate and its key", detail=str(fault)) from None
    return notes


def _builder(title: str, takes: Mapping[str, Path], origin: Mapping[str, Any], context: Any) -> tuple[Any, list[str]]:
    """What is to be signed, without the film itself."""
    import c2pa

    def filled(names: Iterable[str]) -> Any:
        placed = [{"action": "c2pa.placed", "parameters": {"ingredientIds": [name]}} for name in names]
        created = {"action": "c2pa.created", "digitalSourceType": origin["digital_source_type"] or DRAWN}
        manifest = {
            "claim_generator_info": [{"name": "StoryForge", "version": __version__}],
            "title": title,
            "format": "video/mp4",
            "assertions": [
                {"label": "c2pa.actions.v2", "data": {"actions": [created, *placed]}},
                {"label": PROVENANCE, "data": dict(origin)},
            ],
        }
        return c2pa.Builder(manifest, context)

    whole = {name: path for name, path in takes.items() if _is_ingredient(path, context)}
    builder = filled(whole)
    for name, path in whole.items():
        with path.open("rb") as take:
            builder.add_ingredient(
                {"title": name, "relationship": "componentOf", "instance_id": name, "label": name}, "video/mp4", take
            )
    left = [name for name in takes if name not in whole]
    return builder, [f"the C2PA manifest of `{name}` cannot be read: it is no ingredient" for name in left]


def _is_ingredient(path: Path, context: Any) -> bool:
    """Whether a take can be named as one: if it has a manifest, that must be one."""
    import c2pa

    if read_origin(path).manifest is None:
        return True
    try:
        with path.open("rb") as take:
            c2pa.Builder({"claim_generator_info": []}, context).add_ingredient({"title": "x"}, "video/mp4", take)
    except c2pa.C2paError:
        return False
    return True


def _algorithm(signer: Signer) -> bytes:
    """The algorithm of a key as C2PA calls it; UsageError if it is none of those."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(read_file(signer.key, most=LONGEST_PEM), None)
    except (OSError, ValueError, TypeError):
        key = None
    match key:
        case EllipticCurvePrivateKey() if key.curve.key_size in (256, 384, 521):
            return {256: b"es256", 384: b"es384", 521: b"es512"}[key.curve.key_size]
        case RSAPrivateKey():
            return b"ps256"
        case Ed25519PrivateKey():
            return b"ed25519"
    raise UsageError(
        "`sign_key` is no private key that C2PA signs with", "it wants PEM without a password: EC, RSA or Ed25519"
    )
