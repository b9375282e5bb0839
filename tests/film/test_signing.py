"""A film is signed in its maker's name, with its takes as ingredients; the library's own reader says so."""

from __future__ import annotations

import datetime
import json
import shutil

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from projects import Hosted, project, storyforge

from film.cards import card
from storyforge.film.origin import C2PA_BOX
from storyforge.film.signing import LONGEST_PEM, OFFLINE, PROVENANCE, Signer, find_signer, sign_film
from storyforge.film.tags import COMPOSITE, GENERATED
from storyforge.model.errors import MediaError, UsageError
from storyforge.system.files import file_sha256
from storyforge.system.inputs import UnreadableFile
from storyforge.system.project import Project

SHOTS = """\
  - {id: call, scene: pier, action: "@bo calls.", seconds: 3}
  - {id: boat, scene: pier, action: "@ana looks.", seconds: 3, clip: new}
"""
TOLD = {"digital_source_type": GENERATED, "clips": [{"id": "call", "usd": None}]}


def certified(name, public, issuer, by, is_ca):
    """A certificate as C2PA wants it."""
    now = datetime.datetime.now(datetime.UTC)

    def named(text):
        parts = [(NameOID.ORGANIZATION_NAME, "A Test"), (NameOID.COMMON_NAME, text)]
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])

    usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    usage |= {"encipher_only": False, "decipher_only": False, "digital_signature": not is_ca}
    made = (
        x509.CertificateBuilder(named(issuer), named(name), public, x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage, key_cert_sign=is_ca, crl_sign=is_ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if not is_ca:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return made.sign(by, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("safe")
    root, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = certified("A Maker", key.public_key(), "A Root", root, False)
    (folder / "chain.pem").write_bytes(chain + certified("A Root", root.public_key(), "A Root", root, True))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word"))
    (folder / "locked.pem").write_bytes(locked)
    return Signer(folder / "chain.pem", folder / "key.pem")


@pytest.fixture(scope="module")
def take(tmp_path_factory):
    return card(tmp_path_factory.mktemp("takes") / "take.mp4", frames=72)


def read(path):
    """The validation's outcome, and the manifest of the film."""
    with path.open("rb") as film:
        reader = c2pa.Reader("video/mp4", film, None, c2pa.Context.from_dict(OFFLINE))
        told = json.loads(reader.json())
    return reader.get_validation_state(), told["manifests"][told["active_manifest"]], told["manifests"]


@pytest.mark.slow
def test_a_render_signs_the_film_with_its_takes_and_keeps_the_key_to_itself(signer, take, tmp_path):
    signed_take = tmp_path / "signed.mp4"
    assert sign_film(take, signed_take, signer, "a take", {}, TOLD) == []
    home = tmp_path / "film"
    film = Hosted(project(home, SHOTS), [signed_take, take])
    given = {"STORYFORGE_SIGN_CERTIFICATE": str(signer.certificate), "STORYFORGE_SIGN_KEY": str(signer.key)}
    done = film.stitched(**given)
    state, manifest, manifests = read(home / "ferry.mp4")
    assert state == "Valid"
    assert manifest["title"] == "The Ferry"
    assert [(one["title"], one["relationship"]) for one in manifest["ingredients"]] == [
        ("call", "componentOf"),
        ("boat", "componentOf"),
    ]
    assert manifest["ingredients"][0]["active_manifest"] in manifests
    said = {one["label"]: one["data"] for one in manifest["assertions"]}
    assert said["c2pa.actions.v2"]["actions"][0]["digitalSourceType"] == COMPOSITE
    document = json.loads((home / "ferry.provenance.json").read_text(encoding="utf-8"))
    assert said[PROVENANCE]["clips"] == document["clips"]
    assert document["clips"][0]["c2pa_sha256"]
    secret = b"".join(signer.key.read_bytes().splitlines()[1:-1])[:40]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if secret in path.read_bytes().replace(b"\n", b"")]
    assert secret.decode() not in (done.stdout + done.stderr).replace("\n", "")
    assert document["film"]["sha256"] == file_sha256(home / "ferry.mp4")
    (kept,) = film.store.path("films").glob("*.signed-*.mp4")
    before = (home / "ferry.mp4").stat().st_mtime_ns, kept.stat().st_mtime_ns
    assert "unchanged" in film.stitched(**given).stderr
    assert ((home / "ferry.mp4").stat().st_mtime_ns, kept.stat().st_mtime_ns) == before
    film.stitched()
    with pytest.raises(c2pa.C2paError):
        read(home / "ferry.mp4")


def test_a_film_that_was_tampered_with_is_found_out(signer, take, tmp_path):
    out = tmp_path / "out.mp4"
    sign_film(take, out, signer, "x", {"call": take}, TOLD)
    assert read(out)[0] == "Valid"
    content = bytearray(out.read_bytes())
    content[-200:-150] = bytes(50)
    out.write_bytes(content)
    assert read(out)[0] == "Invalid"


def test_a_take_whose_manifest_is_broken_is_no_ingredient_and_that_is_told(signer, take, tmp_path):
    broken = tmp_path / "broken.mp4"
    body = C2PA_BOX + bytes(4) + b"manifest\0" + bytes(8) + b"no jumbf at all"
    broken.write_bytes(take.read_bytes() + (8 + len(body)).to_bytes(4, "big") + b"uuid" + body)
    notes = sign_film(take, tmp_path / "out.mp4", signer, "x", {"call": broken, "boat": take}, TOLD)
    assert notes == ["the C2PA manifest of `call` cannot be read: it is no ingredient"]
    assert [one["title"] for one in read(tmp_path / "out.mp4")[1]["ingredients"]] == ["boat"]


def test_a_certificate_of_another_key_signs_nothing(signer, take, tmp_path):
    other = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "key.pem").write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(MediaError):
        sign_film(take, tmp_path / "out.mp4", Signer(signer.certificate, tmp_path / "key.pem"), "x", {}, TOLD)
    assert not (tmp_path / "out.mp4").exists()


def found_signer(tmp_path, **given):
    """Who signs under some settings."""
    named = {f"STORYFORGE_{name.upper()}": str(value) for name, value in given.items()}
    return find_signer(Project(tmp_path / "ferry.story.yaml", named))


def test_nobody_signs_unless_the_settings_say_who(signer, tmp_path):
    assert found_signer(tmp_path) is None
    assert found_signer(tmp_path, sign_certificate=signer.certificate, sign_key=signer.key) == signer


def test_a_signature_that_cannot_be_is_told_before_anything_is_rendered(signer, tmp_path):
    inside = shutil.copy(signer.key, tmp_path / "key.pem")
    cases = {
        "a signature wants a certificate and its key": {"sign_certificate": signer.certificate},
        "there is no file at": {"sign_certificate": signer.certificate, "sign_key": tmp_path / "none.pem"},
        "the private key lies in the project": {"sign_certificate": signer.certificate, "sign_key": inside},
        "is no private key that C2PA signs with": {
            "sign_certificate": signer.certificate,
            "sign_key": signer.key.with_name("locked.pem"),
        },
    }
    for message, given in cases.items():
        with pytest.raises(UsageError, match=message):
            found_signer(tmp_path, **given)
    path = project(tmp_path)
    done = storyforge("render", path, cwd=tmp_path, STORYFORGE_SIGN_KEY=str(signer.key))
    assert (done.returncode, done.stdout) == (2, "")
    assert "give `sign_certificate`, the path of a PEM file" in done.stderr


def test_a_certificate_that_is_too_large_is_refused_unread(tmp_path):
    with (tmp_path / "large.pem").open("wb") as file:
        file.truncate(LONGEST_PEM + 1)
    with pytest.raises(UnreadableFile, match="large"):
        _ = Signer(tmp_path / "large.pem", tmp_path / "large.pem").name
