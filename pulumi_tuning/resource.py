"""TuningJob: a Vertex AI tuning job in a Pulumi program."""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import uuid4
from weakref import WeakKeyDictionary

import pulumi
from pulumi.dynamic import Resource
from pulumi.runtime import get_root_resource, is_dry_run

from pulumi_tuning.args import (
    EncryptionSpecArgs,
    PreferenceOptimizationSpecArgs,
    PreTunedModelArgs,
    SupervisedTuningSpecArgs,
    has_output,
    known_beside,
    secret_names,
    translated,
)
from pulumi_tuning.inputs import (
    HIDDEN_INPUT,
    SCHEMA_VERSION,
    TUNING_SPECS,
    TuningJobInputs,
)
from pulumi_tuning.names import (
    ALIASES,
    FOUND_AT_ONCE,
    OUTPUTS,
    engine_name,
    to_engine_path,
)
from pulumi_tuning.outputs import TunedModel
from pulumi_tuning.provider import TuningJobProvider

_FILLED: Final = ("project", "location", "datasetFingerprints")
"""Inputs that the provider fills in where the program gives none."""

_TYPE: Final = "pulumi-python:dynamic/tuning:TuningJob"
_STACK_TYPE: Final = "pulumi:pulumi:Stack"
_IDENTITY: Final = "pulumi-tuning-identity"

_STEPS: Final = ("create", "update", "delete")

_identities: WeakKeyDictionary[pulumi.Resource, pulumi.Stash] = WeakKeyDictionary()


class TuningJob(Resource, module="tuning", name="TuningJob"):
    """A tuning job of Vertex AI.

    A job cannot be changed, and costs money: an input that changes replaces the job, a
    deleted resource cancels it. Every input may be an output of another resource, and
    every input is an output of this one.
    """

    if TYPE_CHECKING:  # the SDK would read annotations anew for each resource
        name: pulumi.Output[str]
        """The job's full resource name."""
        state: pulumi.Output[str]
        """State as the service spells it, such as `JOB_STATE_RUNNING`."""
        error: pulumi.Output[dict[str, Any] | None]
        """The job's own error (`code`, `message`), where it has one."""
        tuned_model: pulumi.Output[dict[str, Any] | None]
        """`model`, `endpoint` and `checkpoints`, once the service has made them."""
        experiment: pulumi.Output[str | None]
        """Vertex AI experiment with the job's metrics."""
        tuning_data_stats: pulumi.Output[dict[str, Any] | None]
        """Statistics of the data set, without examples from it."""
        create_time: pulumi.Output[str]
        """When the job was created, RFC 3339."""
        start_time: pulumi.Output[str | None]
        """When the job first ran, RFC 3339."""
        end_time: pulumi.Output[str | None]
        """When the job ended, RFC 3339."""
        update_time: pulumi.Output[str]
        """When the job last changed, RFC 3339."""
        console_url: pulumi.Output[str]
        """Page of the Google Cloud console that shows the job."""
        trained_on: pulumi.Output[dict[str, Any] | None]
        """Fingerprints of the data sets when the job was created."""
        service_address: pulumi.Output[str]
        """Service at which the job was created."""
        billed_tokens: pulumi.Output[int | None]
        """Training tokens of all epochs, as billed once the job has succeeded."""
        billed_cost_usd: pulumi.Output[float | None]
        """What they cost at the list price, or at the price of the settings."""
        base_model: pulumi.Output[str | None]
        pre_tuned_model: pulumi.Output[dict[str, Any] | None]
        supervised_tuning_spec: pulumi.Output[dict[str, Any] | None]
        preference_optimization_spec: pulumi.Output[dict[str, Any] | None]
        tuned_model_display_name: pulumi.Output[str | None]
        description: pulumi.Output[str | None]
        labels: pulumi.Output[dict[str, str] | None]
        encryption_spec: pulumi.Output[dict[str, Any] | None]
        service_account: pulumi.Output[str | None]
        project: pulumi.Output[str]
        location: pulumi.Output[str]
        triggers: pulumi.Output[list[Any] | None]
        adopt: pulumi.Output[str | None]
        on_failure: pulumi.Output[str | None]
        on_dataset_change: pulumi.Output[str | None]
        preflight: pulumi.Output[str | None]
        delete_tuned_model: pulumi.Output[bool | None]
        max_estimated_cost_usd: pulumi.Output[float | None]
        dataset_fingerprints: pulumi.Output[dict[str, Any] | None]
        """Fingerprints of the data sets now."""

    else:  # a checker would take every misspelt name for an output

        def __getattr__(self, name: str) -> pulumi.Output[Any]:
            """Return an input or output by its Python name.

            Values live under their engine-side names, which is how the SDK resolves
            them. An input that was not given is not declared to the SDK: each property
            costs time in every preview.
            """
            alias = ALIASES.get(name)
            if alias is None:
                message = f"{type(self).__name__} has no attribute {name!r}"
                raise AttributeError(message)
            own = vars(self)
            if alias not in own:
                return pulumi.Output.from_input(None)
            return known_beside(own["name"], own[alias])

    def __init_subclass__(cls) -> None:
        """Keep the type, or a job would be another one once it has a class of its own.

        The SDK gives a class that names none the type of any dynamic resource.
        """
        super().__init_subclass__(module="tuning", name="TuningJob")

    def __init__(
        self,
        resource_name: str,
        *,
        base_model: pulumi.Input[str] | None = None,
        pre_tuned_model: pulumi.Input[PreTunedModelArgs] | None = None,
        supervised_tuning_spec: pulumi.Input[SupervisedTuningSpecArgs] | None = None,
        preference_optimization_spec: (
            pulumi.Input[PreferenceOptimizationSpecArgs] | None
        ) = None,
        tuned_model_display_name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] | None = None,
        labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        encryption_spec: pulumi.Input[EncryptionSpecArgs] | None = None,
        service_account: pulumi.Input[str] | None = None,
        project: pulumi.Input[str] | None = None,
        location: pulumi.Input[str] | None = None,
        triggers: pulumi.Input[Sequence[Any]] | None = None,
        adopt: pulumi.Input[str] | None = None,
        on_failure: pulumi.Input[Literal["keep", "replace"]] | None = None,
        on_dataset_change: (
            pulumi.Input[Literal["warn", "replace", "ignore"]] | None
        ) = None,
        preflight: pulumi.Input[Literal["sample", "full", "off"]] | None = None,
        delete_tuned_model: pulumi.Input[bool] | None = None,
        max_estimated_cost_usd: pulumi.Input[float] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a tuning job.

        Args:
            resource_name: Logical name, unique among the stack's tuning jobs.
            base_model: Model to tune, such as `gemini-2.5-flash`.
            pre_tuned_model: Tuned model to tune further, instead of `base_model`.
            supervised_tuning_spec: Supervised fine-tuning.
            preference_optimization_spec: Preference tuning, instead of supervised.
            tuned_model_display_name: Display name of the tuned model, at most 128
                characters.
            description: Description of the job.
            labels: Labels of the job and of what it creates.
            encryption_spec: Customer-managed encryption key, in the job's location.
            service_account: E-mail of the service account that the job runs as.
            project: Project of the job; default `gcp:project`.
            location: Location of the job; default `gcp:region`.
            triggers: Anything; a changed element replaces the job.
            adopt: Name of an existing job to take over instead of starting one.
            on_failure: What an `up` does about a job that failed: `keep` or `replace`.
            on_dataset_change: What an `up` does when a data set has changed: `warn`,
                `replace` or `ignore`.
            preflight: How much of the data sets a preview validates: `sample`, `full`
                or `off`.
            delete_tuned_model: Delete the tuned model with the resource.
            max_estimated_cost_usd: Refuse a job whose estimated cost is above this.
            opts: Options of the resource; property paths in them may be written in
                snake_case.
        """
        given: dict[str, Any] = {
            "base_model": base_model,
            "pre_tuned_model": pre_tuned_model,
            "supervised_tuning_spec": supervised_tuning_spec,
            "preference_optimization_spec": preference_optimization_spec,
            "tuned_model_display_name": tuned_model_display_name,
            "description": description,
            "labels": labels,
            "encryption_spec": encryption_spec,
            "service_account": service_account,
            "project": project,
            "location": location,
            "triggers": triggers,
            "adopt": adopt,
            "on_failure": on_failure,
            "on_dataset_change": on_dataset_change,
            "preflight": preflight,
            "delete_tuned_model": delete_tuned_model,
            "max_estimated_cost_usd": max_estimated_cost_usd,
        }
        options = _with_engine_paths(opts)
        if options.import_ is not None:
            message = "import_ does not work for a tuning job: give its name to adopt"
            raise ValueError(message)
        is_read = options.id is not None
        properties: dict[str, Any] = dict.fromkeys((*OUTPUTS, *_FILLED))
        for name, value in given.items():
            alias, model = engine_name(name, TuningJobInputs)
            if value is not None or is_read:
                properties[alias] = translated(value, model)
        # A job that is only read belongs to another stack, or to none.
        identity = None if is_read else _identity()
        properties[HIDDEN_INPUT] = {
            **_declaration(resource_name, options, identity),
            "datasetsMayAppear": bool(options.depends_on)
            or any(has_output(properties.get(spec)) for spec in TUNING_SPECS),
            "secretInputs": pulumi.Output.from_input(secret_names({**properties})),
        }
        super().__init__(TuningJobProvider(), resource_name, properties, options)
        if is_dry_run():
            own = vars(self)
            for alias in FOUND_AT_ONCE.intersection(properties):
                own[alias] = known_beside(own["name"], own[alias])
        self._identity = identity
        # The engine does not tell the id of a job that is read before an update.
        self._job_name = self.id if options.id is None else options.id

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - Pulumi's own name for it
        opts: pulumi.ResourceOptions | None = None,
    ) -> "TuningJob":
        """Read a tuning job that this program does not manage.

        Args:
            resource_name: Logical name in this program.
            id: The job's name, `projects/…/locations/…/tuningJobs/…`.
            opts: Options of the resource.
        """
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        return cls(resource_name, opts=options)

    def wait_for_completion(
        self, timeout: str | None = None
    ) -> pulumi.Output[TunedModel]:
        """Wait until the job has ended; return its tuned model.

        The program waits, not the resource: the job stays recorded whatever happens. In
        a preview nothing is waited for: the model is known if the job has succeeded.
        With `--run-program`, `pulumi destroy` and `pulumi refresh` wait as `up` does.

        Args:
            timeout: Longest wait as a Go duration, such as `6h` or `90m`; without one
                the wait has no end.

        Raises:
            ValueError: the timeout is no duration.
            pulumi.RunError: (when the output is awaited) the job failed, was cancelled
                or expired, or the timeout has passed; the job's own error and console
                link stand on its row.
        """
        from pulumi_tuning.program import (  # noqa: PLC0415 - not every program waits
            wait_for_job,
        )

        return wait_for_job(self, self._job_name, self._identity, timeout)


def _with_engine_paths(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Return a copy of the options with engine-side names in its property paths."""
    options = copy(opts) if opts is not None else pulumi.ResourceOptions()
    for option in ("ignore_changes", "replace_on_changes"):
        paths = getattr(options, option)
        if paths is not None:
            setattr(options, option, [to_engine_path(path) for path in paths])
    if options.additional_secret_outputs is not None:
        options.additional_secret_outputs = [
            ALIASES.get(name, name) for name in options.additional_secret_outputs
        ]
    return options


def _declaration(
    name: str, options: pulumi.ResourceOptions, identity: pulumi.Output[str] | None
) -> dict[str, Any]:
    """Return the hidden input: what the engine does not pass to a provider."""
    given: object = options.custom_timeouts  # a mapping is accepted by the SDK too
    timeouts: Mapping[str, str | None] = (
        given
        if isinstance(given, Mapping)
        else {step: getattr(given, step, None) for step in _STEPS}
    )
    return {
        "schemaVersion": SCHEMA_VERSION,
        "urn": _urn(name, options.parent),
        "name": name,
        "identity": identity,
        "ignoreChanges": options.ignore_changes or [],
        "customTimeouts": {step: time for step, time in timeouts.items() if time},
    }


def _urn(name: str, parent: pulumi.Resource | None) -> pulumi.Input[str]:
    """Return the URN that the engine will give to a tuning job.

    It is made from the parent's URN alone. An output of the parent would depend on the
    parent's children, this resource among them, and never resolve.
    """
    prefix = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::"
    if parent is None:
        return f"{prefix}{_TYPE}::{name}"

    async def below_parent() -> str:
        parent_type = str(await parent.urn.future()).split("::")[2]
        path = "" if parent_type == _STACK_TYPE else f"{parent_type}$"
        return f"{prefix}{path}{_TYPE}::{name}"

    return pulumi.Output.from_input(below_parent())


def _identity() -> pulumi.Output[str]:
    """Return the stack's identity, made once and kept in the stack's own state.

    Names of organization, project and stack are not unique, and may change. A preview
    makes none: a plan that is saved would hold the update to the preview's own.
    """
    stack = get_root_resource()
    if stack is None:
        message = "a TuningJob can be declared in a Pulumi program only"
        raise RuntimeError(message)
    if stack not in _identities:
        made = pulumi.UNKNOWN if is_dry_run() else str(uuid4())
        _identities[stack] = pulumi.Stash(
            _IDENTITY,
            input=pulumi.Output.from_input(made),
            opts=pulumi.ResourceOptions(ignore_changes=["input"]),
        )
    return _identities[stack].output
