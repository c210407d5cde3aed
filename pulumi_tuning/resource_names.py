"""Names of Google Cloud resources: parsed, formatted and compared.

Pure: no I/O, no Pulumi. A name is parsed with `Name.parse(text)`, which returns None
where the text is no such name; `str(name)` gives it back.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

PROJECT_ID: Final = re.compile(r"[a-z0-9][a-z0-9.:-]*")
"""Form of the id or number of a project; of a domain's projects, `acme.com:bot`."""

LOCATION_ID: Final = re.compile(r"[a-z][a-z0-9-]*")
"""Form of the id of a location, which is a part of a host name."""

_PROJECT: Final = r"projects/(?P<project>[^/\s]+)"
_ID: Final = r"[^/@:?#\s]+"
_LOCATION: Final = rf"{_PROJECT}/locations/(?P<location>[^/\s]+)"


@dataclass(frozen=True, slots=True)
class TuningJobName:
    """Name of a tuning job: `projects/{p}/locations/{l}/tuningJobs/{id}`."""

    project: str
    location: str
    tuning_job: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the parts of a tuning job's name, or None where it is none."""
        match = re.fullmatch(rf"{_LOCATION}/tuningJobs/(?P<tuning_job>{_ID})", text)
        return cls(**match.groupdict()) if match else None

    @property
    def console_url(self) -> str:
        """Page of the Google Cloud console that shows this job."""
        return (
            "https://console.cloud.google.com/vertex-ai/generative/language/locations/"
            f"{self.location}/tuning/tuningJob/{self.tuning_job}?project={self.project}"
        )

    def __str__(self) -> str:
        return (
            f"projects/{self.project}/locations/{self.location}"
            f"/tuningJobs/{self.tuning_job}"
        )


@dataclass(frozen=True, slots=True)
class ModelName:
    """Name of a model, with its version or alias: `…/models/{id}[@{version}]`."""

    project: str
    location: str
    model: str
    version: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the parts of a model's name, or None where it is none."""
        match = re.fullmatch(
            rf"{_LOCATION}/models/(?P<model>{_ID})(?:@(?P<version>{_ID}))?",
            text,
        )
        return cls(**match.groupdict()) if match else None

    @property
    def without_version(self) -> str:
        """The model's name as `models.delete` wants it."""
        return f"projects/{self.project}/locations/{self.location}/models/{self.model}"

    def __str__(self) -> str:
        suffix = f"@{self.version}" if self.version else ""
        return self.without_version + suffix


@dataclass(frozen=True, slots=True)
class EndpointName:
    """Name of an endpoint: `projects/{p}/locations/{l}/endpoints/{id}`."""

    project: str
    location: str
    endpoint: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the parts of an endpoint's name, or None where it is none."""
        match = re.fullmatch(rf"{_LOCATION}/endpoints/(?P<endpoint>{_ID})", text)
        return cls(**match.groupdict()) if match else None

    def __str__(self) -> str:
        return (
            f"projects/{self.project}/locations/{self.location}"
            f"/endpoints/{self.endpoint}"
        )


@dataclass(frozen=True, slots=True)
class DatasetName:
    """Name of a multimodal dataset: `projects/{p}/locations/{l}/datasets/{id}`."""

    project: str
    location: str
    dataset: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the parts of a dataset's name, or None where it is none."""
        match = re.fullmatch(rf"{_LOCATION}/datasets/(?P<dataset>{_ID})", text)
        return cls(**match.groupdict()) if match else None

    def __str__(self) -> str:
        return (
            f"projects/{self.project}/locations/{self.location}/datasets/{self.dataset}"
        )


@dataclass(frozen=True, slots=True)
class KmsKeyName:
    """Name of a Cloud KMS key: `…/keyRings/{ring}/cryptoKeys/{key}`, no version."""

    project: str
    location: str
    key_ring: str
    crypto_key: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the parts of a key's name, or None where it is none."""
        match = re.fullmatch(
            rf"{_LOCATION}/keyRings/(?P<key_ring>[A-Za-z0-9_-]{{1,63}})"
            r"/cryptoKeys/(?P<crypto_key>[A-Za-z0-9_-]{1,63})",
            text,
        )
        return cls(**match.groupdict()) if match else None

    def __str__(self) -> str:
        return (
            f"projects/{self.project}/locations/{self.location}"
            f"/keyRings/{self.key_ring}/cryptoKeys/{self.crypto_key}"
        )


@dataclass(frozen=True, slots=True)
class GcsUri:
    """Address of a Cloud Storage object: `gs://{bucket}/{object}`."""

    bucket: str
    object: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the parts of an object's address, or None where it is none.

        A bucket alone, a folder (a trailing slash) and line breaks are no object.
        """
        match = re.fullmatch(
            r"gs://(?P<bucket>[a-z0-9][a-z0-9._-]{1,220}[a-z0-9])"
            r"/(?P<object>[^\r\n]*[^/\r\n])",
            text,
        )
        return cls(**match.groupdict()) if match else None

    def __str__(self) -> str:
        return f"gs://{self.bucket}/{self.object}"
