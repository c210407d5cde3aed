"""The models, endpoints and operations that tuning jobs leave behind; knows no HTTP.

Undeploying and deleting take effect when their operation is done: what is gone carries
the time of it, and is looked at with the clock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from pulumi_tuning.emulator.database import Database
from pulumi_tuning.emulator.emulator_clock import EmulatorClock
from pulumi_tuning.emulator.errors import (
    failed_precondition,
    not_found,
)
from pulumi_tuning.emulator.identities import Identities, project_number
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.options import Pacing
from pulumi_tuning.emulator.wire import timestamp
from pulumi_tuning.resource_names import EndpointName, ModelName

MODEL: Final = "Model"
_DEPLOYED_MODEL: Final = "DeployedModel"
_ENDPOINT: Final = "Endpoint"
_OPERATION: Final = "Operation"
_TYPE_URL: Final = "type.googleapis.com/google.cloud.aiplatform"


class ModelRegistry:
    """Models with their versions, endpoints with what is deployed, and operations."""

    def __init__(
        self,
        database: Database,
        clock: EmulatorClock,
        identities: Identities,
        pacing: Pacing,
    ) -> None:
        self._database = database
        self._clock = clock
        self._identities = identities
        self._pacing = pacing
        self._models = database.load("model")
        self._endpoints = database.load("endpoint")
        self._operations = database.load("operation")

    def add_version(
        self, name: str, facts: Json, endpoints: Sequence[str], at: datetime
    ) -> str:
        """Add a version to a model, or its first one, and deploy it to new endpoints.

        Returns the name with the version.
        """
        model = self._models.setdefault(
            name, {"name": name, "created": at.isoformat(), "versions": {}}
        )
        version = str(max((int(key) for key in model["versions"]), default=0) + 1)
        model["versions"][version] = {**facts, "created": at.isoformat()}
        self._database.save("model", name, model)
        for endpoint in endpoints:
            self._endpoints[endpoint] = {
                "name": endpoint,
                "displayName": facts.get("displayName", ""),
                "labels": facts.get("labels", {}),
                "created": at.isoformat(),
                "deployed": {
                    self._identities.number("deployed model", endpoint): {
                        "model": name,
                        "version": version,
                    }
                },
            }
            self._database.save("endpoint", endpoint, self._endpoints[endpoint])
        return f"{name}@{version}"

    def parse(self, text: str) -> ModelName | None:
        """Return a model's name with the project's number, or None where it is none."""
        name = ModelName.parse(text)
        if name is None:
            return None
        number = project_number(name.project)
        return ModelName(number, name.location, name.model, name.version)

    def find_version(self, name: ModelName | None) -> tuple[str, Json] | None:
        """Return the number and the facts of a version of a model, or None."""
        model = self._models.get(name.without_version) if name else None
        if name is None or model is None or self._is_gone(model):
            return None
        versions: dict[str, Json] = {
            number: version
            for number, version in model["versions"].items()
            if not self._is_gone(version)
        }
        newest = max(versions, key=int, default="")
        number = newest if name.version in (None, "default") else str(name.version)
        return (number, versions[number]) if number in versions else None

    def get_model(self, name: ModelName) -> Json:
        """Return the wire form of a model's version.

        Raises:
            RefusalError: There is none.
        """
        found = self.find_version(name)
        if found is None:
            raise not_found(MODEL)
        number, version = found
        model = self._models[name.without_version]
        return {
            "name": model["name"],
            "versionId": number,
            "versionAliases": ["default"] if number == self._newest(name) else [],
            "versionCreateTime": _shown(version["created"]),
            "versionUpdateTime": _shown(version["created"]),
            "displayName": version.get("displayName", ""),
            "createTime": _shown(model["created"]),
            "updateTime": _shown(version["created"]),
            "deployedModels": [
                {"endpoint": endpoint, "deployedModelId": deployed}
                for endpoint, deployed, there in self._deployments(model["name"])
                if there == number
            ],
            "labels": version.get("labels", {}),
        }

    def list_versions(self, name: ModelName) -> list[Json]:
        """Return the wire forms of all versions of a model.

        Raises:
            RefusalError: There is no such model.
        """
        self.get_model(name)
        model = self._models[name.without_version]
        numbers = (
            number
            for number, version in model["versions"].items()
            if not self._is_gone(version)
        )
        return [
            self.get_model(
                ModelName(name.project, name.location, name.model, version=number)
            )
            for number in numbers
        ]

    def get_endpoint(self, name: EndpointName) -> Json:
        """Return the wire form of an endpoint.

        Raises:
            RefusalError: There is none.
        """
        endpoint = self._endpoint(name)
        deployed = [
            {
                "id": key,
                "model": body["model"],
                "modelVersionId": body["version"],
                "createTime": _shown(endpoint["created"]),
            }
            for key, body in self._live_deployments(endpoint).items()
        ]
        return {
            "name": endpoint["name"],
            "displayName": endpoint["displayName"],
            "deployedModels": deployed,
            "trafficSplit": {item["id"]: 100 // len(deployed) for item in deployed},
            "labels": endpoint["labels"],
            "createTime": _shown(endpoint["created"]),
            "updateTime": _shown(endpoint["created"]),
        }

    def undeploy(self, name: EndpointName, deployed_model: str) -> Json:
        """Take a model off an endpoint; return the operation.

        Raises:
            RefusalError: There is no such endpoint, or no such model on it.
        """
        endpoint = self._endpoint(name)
        if deployed_model not in self._live_deployments(endpoint):
            raise not_found(_DEPLOYED_MODEL)
        endpoint["deployed"][deployed_model]["gone_at"] = self._done_at().isoformat()
        self._database.save("endpoint", str(name), endpoint)
        return self._operation(
            f"projects/{name.project}/locations/{name.location}",
            "UndeployModelOperationMetadata",
            f"{_TYPE_URL}.v1.UndeployModelResponse",
        )

    def delete_endpoint(self, name: EndpointName) -> Json:
        """Delete an endpoint on which nothing is deployed; return the operation.

        Assumed: one on which a model is deployed is FAILED_PRECONDITION.

        Raises:
            RefusalError: There is no such endpoint, or a model is deployed to it.
        """
        endpoint = self._endpoint(name)
        if self._live_deployments(endpoint):
            message = (
                f"Endpoint {name} has deployed or being-deployed models. "
                "Undeploy them before deleting the endpoint."
            )
            raise failed_precondition(message)
        endpoint["gone_at"] = self._done_at().isoformat()
        self._database.save("endpoint", str(name), endpoint)
        parent = f"projects/{name.project}/locations/{name.location}"
        return self._operation(parent, "DeleteOperationMetadata")

    def delete_model(self, name: ModelName) -> Json:
        """Delete a model with all its versions; return the operation.

        Raises:
            RefusalError: There is no such model, or it is deployed somewhere.
        """
        self.get_model(name)
        self._refuse_deployed(name)
        model = self._models[name.without_version]
        model["gone_at"] = self._done_at().isoformat()
        self._database.save("model", name.without_version, model)
        return self._operation(name.without_version, "DeleteOperationMetadata")

    def delete_version(self, name: ModelName) -> Json:
        """Delete one version of a model that has others; return the operation.

        Raises:
            RefusalError: There is none, it is deployed, or it is the only one.
        """
        number = self.get_model(name)["versionId"]
        self._refuse_deployed(name, number)
        versions = self._models[name.without_version]["versions"]
        if sum("gone_at" not in version for version in versions.values()) == 1:
            message = "Deleting the only version in the Model is not allowed."
            raise failed_precondition(message)
        model = self._models[name.without_version]
        model["versions"][number]["gone_at"] = self._done_at().isoformat()
        self._database.save("model", name.without_version, model)
        return self._operation(name.without_version, "DeleteOperationMetadata")

    def get_operation(self, name: str) -> Json:
        """Return the wire form of an operation.

        Raises:
            RefusalError: There is none.
        """
        kept = self._operations.get(name)
        if kept is None:
            raise not_found(_OPERATION)
        return self._shown_operation(kept)

    def model_names(self) -> list[str]:
        """Return the names of the models that exist."""
        return [
            name for name, model in self._models.items() if not self._is_gone(model)
        ]

    def endpoint_names(self) -> list[str]:
        """Return the names of the endpoints that exist."""
        return [
            name for name, body in self._endpoints.items() if not self._is_gone(body)
        ]

    def _newest(self, name: ModelName) -> str:
        found = self.find_version(ModelName(name.project, name.location, name.model))
        return found[0] if found else ""

    def _endpoint(self, name: EndpointName) -> Json:
        endpoint = self._endpoints.get(str(name))
        if endpoint is None or self._is_gone(endpoint):
            raise not_found(_ENDPOINT)
        return endpoint

    def _live_deployments(self, endpoint: Json) -> dict[str, Json]:
        return {
            key: body
            for key, body in endpoint["deployed"].items()
            if not self._is_gone(body)
        }

    def _deployments(self, model: str) -> list[tuple[str, str, str]]:
        return [
            (name, key, body["version"])
            for name in self.endpoint_names()
            for key, body in self._live_deployments(self._endpoints[name]).items()
            if body["model"] == model
        ]

    def _refuse_deployed(self, name: ModelName, version: str | None = None) -> None:
        for endpoint, _, there in self._deployments(name.without_version):
            if version in (None, there):
                message = (
                    f"The Model {name} is deployed or being deployed at the following "
                    f"Endpoint(s): {endpoint}."
                )
                raise failed_precondition(message)

    def _done_at(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self._pacing.operation_seconds)

    def _is_gone(self, body: Json) -> bool:
        gone_at = body.get("gone_at")
        if gone_at is None:
            return False
        return datetime.fromisoformat(gone_at) <= self._clock.now()

    def _operation(
        self,
        parent: str,
        metadata: str,
        response: str = "type.googleapis.com/google.protobuf.Empty",
    ) -> Json:
        number = self._identities.number("operation", len(self._operations))
        name = f"{parent}/operations/{number}"
        kept = {
            "name": name,
            "metadata": f"{_TYPE_URL}.v1.{metadata}",
            "response": response,
            "created": self._clock.now().isoformat(),
            "done_at": self._done_at().isoformat(),
        }
        self._operations[name] = kept
        self._database.save("operation", name, kept)
        return self._shown_operation(kept)

    def _shown_operation(self, kept: Json) -> Json:
        done_at = datetime.fromisoformat(kept["done_at"])
        is_done = done_at <= self._clock.now()
        updated = kept["done_at"] if is_done else kept["created"]
        times = {"createTime": _shown(kept["created"]), "updateTime": _shown(updated)}
        operation: Json = {
            "name": kept["name"],
            "metadata": {"@type": kept["metadata"], "genericMetadata": times},
        }
        if is_done:
            operation |= {"done": True, "response": {"@type": kept["response"]}}
        return operation


def _shown(moment: str) -> str:
    return timestamp(datetime.fromisoformat(moment))
