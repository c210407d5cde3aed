"""Typed doors to parts of Google's libraries that carry no types."""

from google.api_core.operation import Operation
from google.auth.credentials import AnonymousCredentials
from google.oauth2.credentials import Credentials


def anonymous() -> AnonymousCredentials:
    """Return credentials that send no token."""
    return AnonymousCredentials()  # type: ignore[no-untyped-call]


def any_token() -> Credentials:
    """Return credentials with a token that is never refreshed."""
    return Credentials(token="any")  # type: ignore[no-untyped-call]


def wait_for(operation: Operation) -> None:
    """Wait until an operation is done."""
    operation.result()  # type: ignore[no-untyped-call]
