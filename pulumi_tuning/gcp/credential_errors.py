"""What google-auth raises, in our words and without secrets."""

import re
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from pulumi_tuning.errors import CredentialsError, quoted

_SECRET: Final = re.compile(
    r"ya29\.[\w.-]+|eyJ[\w-]+\.[\w-]+(\.[\w-]*)?|-----BEGIN.*?(-----END[^-]*-----|$)"
    r"|(?<=[tT]oken\")\s*:\s*\"[^\"]*",
    re.DOTALL,
)
"""Google's access tokens, JSON web tokens, keys, and tokens within JSON."""


class CredentialsUnreachableError(CredentialsError):
    """Nobody could be asked for an access token just now."""

    is_retryable = True


@contextmanager
def credentials_errors(origin: str) -> Generator[None]:
    """Turn every error of google-auth into one of ours, without secrets.

    Raises:
        CredentialsError: google-auth failed.
    """
    from google.auth import exceptions  # noqa: PLC0415 - start-up

    try:
        yield
    except (
        exceptions.GoogleAuthError,
        OSError,
        # What malformed JSON of credentials leads google-auth to raise.
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        RuntimeError,  # a home folder that nobody knows
        subprocess.SubprocessError,  # a program that gives no token in time
    ) as error:
        reason = quoted(_SECRET.sub("[secret]", _words(error)))
        message = f"no access token from {origin}: {reason}; {_remedy(error, origin)}"
        error_class = (
            CredentialsUnreachableError if _may_pass(error) else CredentialsError
        )
        raise error_class(message) from (None if _may_show(error) else error)


def _may_pass(error: Exception) -> bool:
    """Return whether the network or the token endpoint failed, not the credentials."""
    from google.auth import exceptions  # noqa: PLC0415 - start-up

    return isinstance(error, exceptions.TransportError) or (
        isinstance(error, exceptions.GoogleAuthError) and error.retryable
    )


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    texts = [arg for arg in error.args if isinstance(arg, str)]
    return ": ".join(texts) or type(error).__name__


def _may_show(error: Exception) -> bool:
    """Return whether the text of an error may hold a secret.

    What is meant as the path of a file may be a key that was pasted.
    """
    return isinstance(error, OSError) or bool(_SECRET.search(str(error)))


def _remedy(error: Exception, origin: str) -> str:
    from google.auth import exceptions  # noqa: PLC0415 - start-up

    if isinstance(error, exceptions.RefreshError) and "impersonated" in str(error):
        return (
            "grant the caller roles/iam.serviceAccountTokenCreator on that service "
            "account, and enable iamcredentials.googleapis.com"
        )
    if isinstance(error, exceptions.TransportError):
        return "check the network and the proxy"
    if "stack config" in origin:
        return (
            "renew it there; destroy and refresh take what the last up recorded: use "
            "`--run-program`"
        )
    return (
        "run `gcloud auth application-default login`, or set gcp:credentials, "
        "GOOGLE_CREDENTIALS or GOOGLE_APPLICATION_CREDENTIALS"
    )
