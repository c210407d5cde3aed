"""A provider that only answers, to see what arrives in its process."""

import sys
from typing import Any

import grpc
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import Unknown
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class EchoProvider(ResourceProvider):
    """Gives back what it was given."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Keep a value of the configuration and a secret one."""
        self.project = req.config.get("gcp:project")
        self.token = req.config.get("gcp:accessToken")

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse a `size` of 3."""
        refused = [CheckFailure("size", "not 3")] if news.get("size") == 3 else []
        return CheckResult(news, refused)

    def diff(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Name unknown properties as reasons of a replacement."""
        unknown = [name for name, value in news.items() if isinstance(value, Unknown)]
        return DiffResult(bool(unknown), unknown, delete_before_replace=bool(unknown))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Log a message, print one, and tell the configuration."""
        with grpc.insecure_channel(sys.argv[1]) as channel:
            request = engine_pb2.LogRequest(
                severity=engine_pb2.WARNING, message="made", urn="urn", ephemeral=True
            )
            engine_pb2_grpc.EngineStub(channel).Log(request)
        sys.stdout.write("printed\n")
        outputs = {"project": self.project, "token": self.token}
        return CreateResult("id", {**props, **outputs})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Give other inputs than outputs."""
        return ReadResult(id_, props, {"size": 1})

    def update(
        self, _id: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> UpdateResult:
        """Put old and new beside each other."""
        return UpdateResult({"old": olds["size"], "new": news["size"]})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Always fail."""
        message = f"cannot delete {props['size']}"
        raise ValueError(message)
