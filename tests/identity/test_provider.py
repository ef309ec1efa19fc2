"""Tokens of an identity provider: every way to forge, replay, confuse or outlive one (R-1.10)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from pydantic import ValidationError

from graphql_api.config import Settings
from tests.api.bakeries import Bakery
from tests.api.callers import Caller
from tests.api.in_process import MONDAY_MORNING, InProcessApi
from tests.identity.issuer import (
    AUDIENCE,
    EC,
    ISSUER,
    NEXT,
    NOW,
    RSA,
    STRANGERS,
    Issuer,
    claims,
    part,
    public,
    signed,
)

VIEWER = "{ viewer { name role bakery { id } } }"
ALGORITHMS = "RS256,ES256,ES384,PS256,Ed25519"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer().serving() as serving:
        yield serving


@pytest.fixture
def api(database_url: str, issuer: Issuer) -> Iterator[InProcessApi]:
    api = InProcessApi(
        database_url,
        identity_issuer=ISSUER,
        identity_audience=AUDIENCE,
        identity_jwks=issuer.url,
        identity_algorithms=ALGORITHMS,
    )
    yield api
    api.close()


@pytest.fixture
def bakery(api: InProcessApi) -> Iterator[Bakery]:
    """With Robin, of the staff, who comes by the identity provider."""
    opened = Bakery.opened(api)
    joined(opened, "robin")
    yield opened
    assert opened.breaches() == []


def joined(bakery: Bakery, subject: str, role: str = "STAFF") -> str:
    """A new member by the provider's subject of this name; the member's id."""
    invited = bakery.owner.does("InviteMember", name=subject.title(), role=role)
    accepted = holder(bakery, signed(claims(subject))).does("AcceptInvitation", invitation=invited["invitation"])
    assert accepted["token"] is None
    return str(invited["member"]["id"])


def holder(bakery: Bakery, token: str) -> Caller:
    return Caller(bakery.api.post, token)


def role_of(bakery: Bakery, token: str) -> str | None:
    answer = holder(bakery, token).send(VIEWER)
    if answer.errors:
        assert answer.codes == ["UNAUTHENTICATED"]
        return None
    return str(answer.root["role"])


# ── what is good ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_member_comes_by_the_provider(bakery: Bakery) -> None:
    """R-1.10: by whatever is configured: key, algorithm, audience in a list, type in any case."""
    for token in (
        signed(),
        signed(key=RSA, algorithm="RS256"),
        signed(key=RSA, algorithm="PS256"),
        signed(claims(aud=["other", AUDIENCE])),
        signed(typ="JWT"),
        signed(typ="application/AT+JWT"),
        signed(claims(nbf=None, iat=None)),
        signed(claims(exp=NOW - 29)),
        signed(claims(role="OWNER", bakery="1", scope="admin", email="owner@example.com", email_verified=True)),
    ):
        assert role_of(bakery, token) == "STAFF"


# ── what is not ───────────────────────────────────────────────────────────────────────────────────────────────────────
def with_secret(secret: bytes) -> str:
    """Signed as HS256 with what everybody can read: the public key, in a form it is published in."""
    # By hand: joserfc refuses to take a public key for a secret.
    said = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'ec-1'})}.{part(claims())}"
    return f"{said}.{part(hmac.digest(secret, said.encode(), 'sha256'))}"


def forgeries() -> dict[str, str]:
    good = signed()
    header, payload, signature = good.split(".")
    other_rsa = RSAKey.generate_key(2048, {"kid": "rsa-1"})
    embedded = STRANGERS.as_dict(private=False)
    return {
        "alg none": f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{part(claims())}.",
        "alg none with a signature": f"{part({'alg': 'none', 'typ': 'at+jwt', 'kid': 'ec-1'})}.{payload}.{signature}",
        "alg None": f"{part({'alg': 'None', 'typ': 'at+jwt', 'kid': 'ec-1'})}.{payload}.{signature}",
        "no alg": f"{part({'typ': 'at+jwt', 'kid': 'ec-1'})}.{payload}.{signature}",
        "alg of another type": f"{part({'alg': ['ES256'], 'typ': 'at+jwt', 'kid': 'ec-1'})}.{payload}.{signature}",
        "alg in small letters": f"{part({'alg': 'es256', 'typ': 'at+jwt', 'kid': 'ec-1'})}.{payload}.{signature}",
        "HS256 with the public key as PEM": with_secret(EC.as_pem(private=False)),
        "HS256 with the public key as DER": with_secret(EC.as_der(private=False)),
        "HS256 with the public key as JSON": with_secret(json.dumps(EC.as_dict(private=False)).encode()),
        "HS256 with a secret": with_secret(b"secret" * 8),
        "an asymmetric algorithm that is not configured": signed(key=RSA, algorithm="RS512"),
        "another's algorithm": signed(key=RSA, algorithm="RS256", kid="ec-1"),
        "another key of the same name": signed(key=STRANGERS),
        "another RSA key of the same name": signed(key=other_rsa, algorithm="RS256"),
        "signature stripped": f"{header}.{payload}.",
        "signature and its point stripped": f"{header}.{payload}",
        "signature of zeros": f"{header}.{payload}.{part(bytes(64))}",
        "signature of another token": f"{header}.{payload}.{signed(claims('other')).rpartition('.')[2]}",
        "payload exchanged": f"{header}.{part(claims('owner'))}.{signature}",
        "the key in the header": signed(key=STRANGERS, jwk=embedded),
        "the key in the header and no name": signed(key=STRANGERS, jwk=embedded, kid=None),
        "jku": signed(key=STRANGERS, jku="http://127.0.0.1:1/keys"),
        "x5u": signed(key=STRANGERS, x5u="http://127.0.0.1:1/chain"),
        "crit that nobody knows": signed(crit=["exp2"], exp2=1),
        "b64 false": signed(crit=["b64"], b64=False),
        "no name of a key": signed(kid=None),
        **{f"kid {kid!r}": signed(kid=kid) for kid in INJECTED},
        "an encrypted token": ".".join([part({"alg": "RSA-OAEP", "enc": "A256GCM"}), "a", "b", "c", "d"]),
        "JSON and not compact": json.dumps({"payload": payload, "protected": header, "signature": signature}),
        "twice in one": f"{good}.{good}",
        "deep JSON": f"{part(b'[' * 5_000)}.{payload}.{signature}",
        "a list for a header": f"{part(['alg', 'ES256'])}.{payload}.{signature}",
        "a text for a payload": signed("robin"),
        "no JSON in it": signed(b"\xff\x00"),
    }


INJECTED = (
    "../../../../dev/null",
    "/dev/null",
    "ec-1' OR '1'='1",
    "x'; DROP TABLE members; --",
    "ec-1\0",
    "EC-1",
    " ec-1",
    "http://127.0.0.1:1/keys",
    "",
    "k" * 256,
    "💥",
    7,
    True,
    ["ec-1"],
    {"$ne": ""},
)


def wrong_claims() -> dict[str, str]:
    return {
        "another issuer": signed(claims(iss="https://id.other.example/")),
        "an issuer that begins alike": signed(claims(iss=ISSUER + "x")),
        "the issuer without its slash": signed(claims(iss=ISSUER.rstrip("/"))),
        "a list of issuers": signed(claims(iss=[ISSUER])),
        "no issuer": signed(claims(iss=None)),
        "another audience": signed(claims(aud="other-app")),
        "no audience": signed(claims(aud=None)),
        "an audience that begins alike": signed(claims(aud=AUDIENCE + "-admin")),
        "an audience within a text": signed(claims(aud=f"other {AUDIENCE}")),
        "an object for an audience": signed(claims(aud={AUDIENCE: 1})),
        "no subject": signed(claims(sub=None)),
        "an empty subject": signed(claims("")),
        "a number for a subject": signed(claims(sub=7)),
        "a subject too long": signed(claims("r" * 256)),
        "a subject in another case": signed(claims("Robin")),
        "a subject with a blank": signed(claims("robin ")),
        "an ID token's type": signed(typ="id+jwt"),
        "a logout token's type": signed(typ="logout+jwt"),
        "no type": signed(typ=None),
        "untyped by name": signed(typ="untyped"),
        "a list of types": signed(typ=["at+jwt"]),
        "expired": signed(claims(exp=NOW - 31)),
        "expired at the last moment of the leeway": signed(claims(exp=NOW - 30)),
        "never ends": signed(claims(exp=None)),
        "ends at a text": signed(claims(exp=str(NOW + 600))),
        "ends at true": signed(claims(exp=True)),
        "ends in infinity": signed(claims(exp=float("inf"))),
        "ends at no number": signed(claims(exp=float("nan"))),
        "ends after all days": signed(claims(exp=10**400)),
        "not yet valid": signed(claims(nbf=NOW + 31)),
        "valid from a text": signed(claims(nbf="0")),
        "made in the future": signed(claims(iat=NOW + 3600)),
    }


def test_what_is_forged_or_confused_proves_nobody(bakery: Bakery, issuer: Issuer) -> None:
    """R-1.10: whatever is wrong, the answer is the same; nothing is fetched from where a token says; nothing changes.
    Each by itself is refused while the good one it was made of goes on."""
    tokens = forgeries() | wrong_claims()
    with bakery.nothing_changes():
        let_in = {name: role for name, token in tokens.items() if (role := role_of(bakery, token)) is not None}
    assert let_in == {}
    assert role_of(bakery, signed()) == "STAFF"
    assert issuer.asked == 1


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # the database has no part in it
def test_a_key_is_used_for_what_it_is_for(bakery: Bakery, issuer: Issuer) -> None:
    """R-1.10: not one for encryption, for another algorithm, of another curve, too short, shared or private."""
    encrypts = RSAKey.generate_key(2048, {"kid": "enc", "use": "enc"})
    of_rs512 = RSAKey.generate_key(2048, {"kid": "of-rs512", "alg": "RS512"})
    short = RSAKey.generate_key(1024, {"kid": "short"})
    wide = ECKey.generate_key("P-384", {"kid": "wide"})
    edwards = OKPKey.generate_key("Ed25519", {"kid": "edwards"})
    listed: list[Any] = [key.as_dict(private=False) for key in (EC, encrypts, of_rs512, short, wide, edwards)]
    listed += [{"kty": "oct", "kid": "shared", "k": part(b"k" * 32)}, NEXT.as_dict(private=True), "nonsense", {}, None]
    issuer.body = json.dumps({"keys": listed}).encode()
    bakery.api.days_pass(1)  # type: ignore[attr-defined]
    later = claims(exp=NOW + 86_400 + 600)
    plain_encrypts, plain_512 = (
        RSAKey.import_key({**key.as_dict(private=True), "use": "sig", "alg": "RS256"}) for key in (encrypts, of_rs512)
    )
    with_shared = OctKey.import_key({"kty": "oct", "kid": "shared", "k": part(b"k" * 32)})
    assert role_of(bakery, signed(later)) == "STAFF"
    assert role_of(bakery, signed(later, wide, "ES384")) == "STAFF"
    assert role_of(bakery, signed(later, edwards, "Ed25519")) == "STAFF"
    for key, algorithm in (
        (plain_encrypts, "RS256"),
        (plain_512, "RS256"),
        (short, "RS256"),
        (NEXT, "ES256"),
        (with_shared, "HS256"),
    ):
        assert role_of(bakery, signed(later, key, algorithm)) is None
    _, payload, signature = signed(later, EC).split(".")
    assert role_of(bakery, f"{part({'alg': 'ES256', 'typ': 'at+jwt', 'kid': 'wide'})}.{payload}.{signature}") is None


# ── keys change ───────────────────────────────────────────────────────────────────────────────────────────────────────
def in_an_hour(key: Any = EC) -> str:
    return signed(claims(exp=NOW + 7_200), key)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # the database has no part in it
def test_keys_rotate(bakery: Bakery, api: InProcessApi, issuer: Issuer) -> None:
    """R-1.10: a new key is found by the first token that names it; one that was taken out ends with that."""
    assert role_of(bakery, in_an_hour()) == "STAFF"
    issuer.body = public(EC, NEXT)
    api.now += timedelta(seconds=31)
    assert role_of(bakery, in_an_hour(NEXT)) == role_of(bakery, in_an_hour()) == "STAFF"
    issuer.body = public(NEXT)
    assert role_of(bakery, in_an_hour()) == "STAFF"  # nobody has asked since
    api.now += timedelta(minutes=10)
    assert role_of(bakery, in_an_hour()) is None
    assert role_of(bakery, in_an_hour(NEXT)) == "STAFF"
    assert issuer.asked == 3


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # the database has no part in it
def test_made_up_names_do_not_flood_the_provider(bakery: Bakery, api: InProcessApi, issuer: Issuer) -> None:
    for number in range(50):
        assert role_of(bakery, signed(kid=f"junk-{number}")) is None
    assert issuer.asked == 1
    for _ in range(3):
        api.now += timedelta(seconds=31)
        for number in range(20):
            assert role_of(bakery, signed(claims(exp=NOW + 7_200), kid=f"junk-{number}")) is None
    assert issuer.asked == 4
    assert role_of(bakery, in_an_hour()) == "STAFF"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # the database has no part in it
@pytest.mark.parametrize("failure", ["nonsense", "a list", "an error", "elsewhere", "too large"])
def test_the_last_good_keys_go_on_while_the_provider_is_away(
    bakery: Bakery, api: InProcessApi, issuer: Issuer, failure: str
) -> None:
    """R-1.10: for a day; whatever it answers then, and wherever it sends us."""
    good, attackers = issuer.body, public(STRANGERS)
    match failure:
        case "nonsense":
            issuer.body = b"<html>"
        case "a list":
            issuer.body = b"[]"
        case "an error":
            issuer.status = 503
        case "elsewhere":
            with Issuer().serving() as other:
                other.body = attackers
                issuer.status, issuer.headers = 302, {"Location": other.url}
                api.now += timedelta(minutes=11)
                assert role_of(bakery, in_an_hour(STRANGERS)) is None
                assert other.asked == 0
        case "too large":
            issuer.body = b" " * 1_000_001 + attackers
    api.now += timedelta(minutes=11)
    assert role_of(bakery, in_an_hour()) == "STAFF"
    api.now += timedelta(hours=24)
    later = claims(exp=NOW + 100_000)
    assert role_of(bakery, signed(later)) is None
    issuer.body, issuer.status = good, 200
    api.now += timedelta(seconds=31)
    assert role_of(bakery, signed(later)) == "STAFF"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # the database has no part in it
def test_keys_can_stand_in_a_file(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(public(EC))
    api = InProcessApi(database_url, identity_issuer=ISSUER, identity_audience=AUDIENCE, identity_jwks=str(file))
    opened = Bakery.opened(api)
    joined(opened, "robin")
    file.write_bytes(public(NEXT))
    api.now += timedelta(minutes=11)
    assert role_of(opened, in_an_hour()) is None
    assert role_of(opened, in_an_hour(NEXT)) == "STAFF"
    api.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # the database has no part in it
def test_untyped_tokens_are_taken_where_that_is_configured(database_url: str, issuer: Issuer) -> None:
    settings: dict[str, Any] = {"identity_issuer": ISSUER, "identity_audience": AUDIENCE, "identity_jwks": issuer.url}
    api = InProcessApi(database_url, **settings, identity_types="at+jwt,untyped")
    opened = Bakery.opened(api)
    joined(opened, "robin")
    assert role_of(opened, signed(typ=None)) == "STAFF"
    assert role_of(opened, signed(typ="untyped")) is role_of(opened, signed(typ="JWT")) is None
    api.close()


# ── members and bakeries ──────────────────────────────────────────────────────────────────────────────────────────────
def test_the_membership_says_bakery_and_role(bakery: Bakery) -> None:
    """R-1.10: from the next request on, whatever the token says; a stranger with a good token is nobody."""
    assert role_of(bakery, signed(claims("stranger"))) is None
    member = joined(bakery, "kim")
    kim = signed(claims("kim"))
    bakery.owner.does("UpdateMember", memberId=member, role="MANAGER")
    assert role_of(bakery, kim) == "MANAGER"
    bakery.owner.does("RemoveMember", memberId=member)
    assert role_of(bakery, kim) is None
    assert role_of(bakery, signed()) == "STAFF"


def named(api: InProcessApi, token: str, *bakeries: str) -> Any:
    headers = [("Authorization", f"Bearer {token}"), *(("BakeTrace-Bakery", each) for each in bakeries)]
    return api.request("POST", "/graphql", json={"query": VIEWER}, headers=headers).json()


def test_who_belongs_to_two_bakeries_names_one(bakery: Bakery, api: InProcessApi) -> None:
    """R-1.1, R-1.10: by the header; without it nothing is done, and the error tells which there are."""
    other = Bakery.opened(api)
    joined(other, "robin", "MANAGER")
    ids = [each.owner.send(VIEWER).root["bakery"]["id"] for each in (bakery, other)]
    token = signed()
    [error] = named(api, token)["errors"]
    assert error["extensions"] == {"code": "BAKERY_REQUIRED", "bakeries": ids}
    for id, role in zip(ids, ("STAFF", "MANAGER"), strict=True):
        assert named(api, token, id)["data"]["viewer"] == {"name": "Robin", "role": role, "bakery": {"id": id}}
    third = Bakery.opened(api).owner.send(VIEWER).root["bakery"]["id"]
    for wrong in ((third,), ("nonsense",), ("",), (f"{ids[0]},{ids[1]}",), ids, ("1 OR 1=1",)):
        assert named(api, token, *wrong)["data"]["viewer"] is None
    # A token of ours is one bakery's: to name another with it opens nothing.
    assert named(api, str(bakery.owner.token), ids[0])["data"]["viewer"]["role"] == "OWNER"
    assert named(api, str(bakery.owner.token), ids[1])["data"]["viewer"] is None


def test_an_invitation_binds_one_subject(bakery: Bakery, api: InProcessApi) -> None:
    """R-1.9, R-1.10: accepted once, by whom the provider knows; nobody gets a token of ours by it."""
    invitation = bakery.owner.does("InviteMember", name="Kim", role="STAFF")["invitation"]
    kim, robin = holder(bakery, signed(claims("kim"))), holder(bakery, signed())
    with bakery.nothing_changes():
        for caller in (bakery.nobody, holder(bakery, signed(claims("kim"), STRANGERS)), bakery.staff):
            refusal = caller.tries("AcceptInvitation", invitation=invitation)
            assert refusal["__typename"] == "InvalidInput"
            assert "identity provider" in refusal["message"]
        assert "already" in robin.tries("AcceptInvitation", invitation=invitation)["message"]
    kim.does("AcceptInvitation", invitation=invitation)
    assert kim.is_refused("AcceptInvitation", invitation=invitation) == "InvalidInput"
    assert kim.ask("Viewer")["name"] == "Kim"


def test_a_member_comes_by_another_subject_after_another_invitation(bakery: Bakery) -> None:
    """R-1.10: the one before ends."""
    member = bakery.owner.ask("Members", filter={"status": "ACTIVE"})["edges"][-1]["node"]["id"]
    again = bakery.owner.does("RenewInvitation", memberId=member)["invitation"]
    assert role_of(bakery, signed()) == "STAFF"
    holder(bakery, signed(claims("robin at another place"))).does("AcceptInvitation", invitation=again)
    assert role_of(bakery, signed()) is None
    assert role_of(bakery, signed(claims("robin at another place"))) == "STAFF"


# ── settings ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"identity_algorithms": "HS256"}, "HS256 is not allowed"),
        ({"identity_algorithms": "none"}, "none is not allowed"),
        ({"identity_algorithms": " , "}, "nothing is not allowed"),
        ({"identity_jwks": "http://id.bakery.example/keys"}, "https only"),
        ({"identity_jwks": "ftp://id.bakery.example/keys"}, "neither an https URL"),
        ({"identity_audience": ""}, "BAKETRACE_IDENTITY_AUDIENCE"),
        ({"identity_issuer": ""}, "BAKETRACE_IDENTITY_ISSUER"),
    ],
)
def test_settings_that_would_not_be_safe_are_refused(wrong: dict[str, str], told: str) -> None:
    good: dict[str, Any] = {
        "identity_issuer": ISSUER,
        "identity_audience": AUDIENCE,
        "identity_jwks": "https://id.bakery.example/keys",
    }
    assert Settings(**good).trust
    with pytest.raises(ValidationError, match=told):
        Settings(**good | wrong)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # the database has no part in it
def test_without_a_provider_no_such_token_is_looked_at(database_url: str, issuer: Issuer) -> None:
    api = InProcessApi(database_url)
    assert Settings().trust is None
    assert role_of(Bakery.opened(api), signed()) is None
    assert issuer.asked == 0
    assert api.now == MONDAY_MORNING
    api.close()
