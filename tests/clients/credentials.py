"""Credentials of every kind, with nothing behind them."""

import functools
import json
from collections.abc import Mapping
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from pulumi_tuning.gcp.auth import GoogleAuth
from pulumi_tuning.gcp.http import new_client
from pulumi_tuning.settings import Settings
from tests.support.fake_clock import FakeClock

VERTEX = "https://us-central1-aiplatform.googleapis.com/v1/x"
TOKEN_URL = "https://oauth2.googleapis.com/token"
STS_URL = "https://sts.googleapis.com/v1/token"
ROBOT = "robot@acme.iam.gserviceaccount.com"
IMPERSONATION_URL = (
    "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
    f"{ROBOT}:generateAccessToken"
)


@functools.cache
def private_key() -> str:
    """Return a key that signs, and that nobody trusts."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoded = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return encoded.decode()


def service_account(**changes: object) -> str:
    """Return the key file of a service account."""
    info = {
        "type": "service_account",
        "project_id": "acme",
        "private_key_id": "1",
        "private_key": private_key(),
        "client_email": ROBOT,
        "token_uri": TOKEN_URL,
    }
    return json.dumps(info | changes)


USER: Mapping[str, Any] = {
    "type": "authorized_user",
    "client_id": "id",
    "client_secret": "secret-of-the-client",
    "refresh_token": "refresh-token",
    "quota_project_id": "quota-project",
}


def external_account(source: object, **changes: object) -> str:
    """Return the configuration of a workload identity."""
    info = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/pools/p",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": STS_URL,
        "credential_source": source,
    }
    return json.dumps(info | changes)


def google_auth(
    service: httpx.BaseTransport,
    settings: Settings | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    clock: FakeClock | None = None,
) -> GoogleAuth:
    """Return the credentials of some settings, asked for at a service."""
    client = new_client(service)
    return GoogleAuth(
        settings or Settings(),
        client=lambda: client,
        clock=clock or FakeClock(),
        environ=environ or {"NO_GCE_CHECK": "true", "HOME": "/nowhere"},
    )


def bearer(auth: GoogleAuth) -> str:
    """Return the access token that a call of Vertex AI gets."""
    return auth.headers_for(VERTEX)["authorization"].removeprefix("Bearer ")
