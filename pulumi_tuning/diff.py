"""The difference between the desired job and the one that is there, as a value.

Pure: no I/O, no time, no Pulumi. *Observed* is the live (or the recorded) job projected
onto what the program asked for: that projection, `observe`, is the one home of
everything the service fills in or spells in its own way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from pulumi_tuning.inputs import SENT, Effect, TuningJobInputs
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.names import path_steps
from pulumi_tuning.resource_names import DatasetName, ModelName, TuningJobName

Path = tuple[str | int, ...]

_EFFECTS: Final = TuningJobInputs.effects()

_TUNED_MODEL: Final[Path] = ("preTunedModel", "tunedModelName")

_UNASKED: Final[tuple[Path, ...]] = (
    ("encryptionSpec", "kmsKeyName"),
    ("serviceAccount",),
    ("description",),
    ("supervisedTuningSpec", "validationDatasetUri"),
    ("supervisedTuningSpec", "exportLastCheckpointOnly"),
    (
        "supervisedTuningSpec",
        "evaluationConfig",
        "outputConfig",
        "gcsDestination",
        "outputUriPrefix",
    ),
    ("preferenceOptimizationSpec", "validationDatasetUri"),
    ("preferenceOptimizationSpec", "exportLastCheckpointOnly"),
)
"""What the service never fills in: there, though nobody asked, is worth a warning."""


@dataclass(frozen=True, slots=True)
class Change:
    """One property in which the desired job differs from the observed one."""

    path: Path
    """Engine-side names and indices from the top down."""

    observed: Any
    """What is there; None where nothing is."""

    desired: Any
    """What the program asks for; None where it asks for nothing."""

    effect: Effect

    @property
    def property(self) -> str:
        """The path as the engine writes it, such as `encryptionSpec.kmsKeyName`."""
        return to_property(self.path)

    def __str__(self) -> str:
        return f"{self.property} {_shown(self.observed)} → {_shown(self.desired)}"

    def as_drift(self) -> str:
        """Return the change as it looks from the live job."""
        return (
            f"{self.property} is {_shown(self.observed)}, "
            f"desired {_shown(self.desired)}"
        )


@dataclass(frozen=True, slots=True)
class Diff:
    """Everything in which the desired job differs, sorted by property."""

    changes: tuple[Change, ...] = ()

    @classmethod
    def of(cls, changes: Iterable[Change], *, ignored: Iterable[str] = ()) -> Self:
        """Return the changes in order, without those at or below an ignored path."""
        patterns = [path_steps(path) for path in ignored]
        kept = (c for c in changes if not is_ignored(c.path, patterns))
        return cls(tuple(sorted(kept, key=lambda change: change.property)))

    @property
    def replaces(self) -> tuple[str, ...]:
        """Properties that need a new job."""
        return tuple(c.property for c in self.changes if c.effect is Effect.REPLACE)

    @property
    def effect(self) -> Effect | None:
        """What has to be done: replace, update in place, or nothing."""
        if self.replaces:
            return Effect.REPLACE
        return Effect.UPDATE if self.changes else None


def diff(
    desired: TuningJobInputs,
    recorded: TuningJobInputs,
    live: LiveTuningJob | None,
) -> Diff:
    """Return how the desired job differs from the live one.

    Args:
        desired: What the program asks for now.
        recorded: What it asked for when the state was recorded.
        live: The job as the service describes it; None compares with the record.
    """
    asked = _leaves(desired.definition())
    before = _leaves(recorded.definition())
    observed = before
    if live is not None:
        observed = _in_recorded_words(observe(live, {**before, **asked}), before)
    differences = {
        path: (observed.get(path), asked.get(path))
        for path in {**observed, **asked}
        if not _is_same(path, observed.get(path), asked.get(path))
    }
    differences |= _own_differences(desired, recorded)
    return Diff.of(
        Change(path, there, wanted, _EFFECTS[str(path[0])])
        for path, (there, wanted) in differences.items()
    )


def observe(live: LiveTuningJob, asked: Mapping[Path, Any]) -> dict[Path, Any]:
    """Return the live definition's leaves, projected onto what was asked for.

    Hyperparameters, the display name, labels and the defaults of an evaluation that
    nobody asked for are filled in by the service and are no difference.
    """
    return {path: value for path, value in _live_leaves(live).items() if path in asked}


def _in_recorded_words(
    observed: dict[Path, Any], recorded: Mapping[Path, Any]
) -> dict[Path, Any]:
    """Return what is observed, a tuned model named as it was recorded.

    The service may leave its version out, and may answer an alias with a version.
    """
    before = ModelName.parse(str(recorded.get(_TUNED_MODEL)))
    there = ModelName.parse(str(observed.get(_TUNED_MODEL)))
    if before is None or there is None:
        return observed
    has_alias = before.version is not None and not before.version.isdigit()
    if not (has_alias or there.version is None):
        return observed
    if not is_same_model(str(there), before.without_version):
        return observed
    return {**observed, _TUNED_MODEL: recorded[_TUNED_MODEL]}


def unasked(live: LiveTuningJob, *known: TuningJobInputs) -> tuple[str, ...]:
    """Return what the live job has although nobody asked and no service fills it in."""
    asked = {path for inputs in known for path in _leaves(inputs.definition())}
    there = _live_leaves(live)
    return tuple(
        f"{to_property(path)} {_shown(there[path])}"
        for path in _UNASKED
        if path in there and path not in asked
    )


def is_ignored(path: Path, ignored: Iterable[Sequence[str]]) -> bool:
    """Return whether a property stands at or below an ignored one; `*` is any step."""
    return any(
        len(pattern) <= len(path)
        and all(
            wanted in ("*", str(step))
            for wanted, step in zip(pattern, path, strict=False)
        )
        for pattern in ignored
    )


def to_property(path: Path) -> str:
    """Return a path as the engine writes it: `labels.env`, `metrics[0]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif "." in step or "[" in step:
            text += f'["{step}"]'
        else:
            text += f".{step}" if text else step
    return text


def _own_differences(
    desired: TuningJobInputs, recorded: TuningJobInputs
) -> dict[Path, tuple[Any, Any]]:
    """Return the differences of what is never sent: a record is all there is."""
    # A list without elements is none.
    now, before = (
        {name: value for name, value in inputs.to_properties().items() if value != []}
        for inputs in (desired, recorded)
    )
    names = (set(now) | set(before)) - set(SENT)
    return {
        (name,): (before.get(name), now.get(name))
        for name in names
        if _EFFECTS[name] is not Effect.RECORD and before.get(name) != now.get(name)
    }


def _live_leaves(live: LiveTuningJob) -> dict[Path, Any]:
    """Return the leaves of what the live job was asked for when it was created."""
    return _leaves({k: v for k, v in live.definition().items() if k in SENT})


def _leaves(tree: Any, path: Path = ()) -> dict[Path, Any]:  # noqa: ANN401 - any JSON
    """Return the leaves of a JSON tree by path, without what means "unset".

    proto3 cannot tell zero from absent. The spec of a metric is a leaf besides what is
    in it: that it is there, though empty, says which member of a oneof was chosen.
    """
    leaves: dict[Path, Any] = {}
    if isinstance(tree, dict):
        items: Iterable[tuple[str | int, Any]] = tree.items()
        if _is_chosen(path):
            leaves[path] = {}
    elif isinstance(tree, list):
        items = enumerate(tree)
    else:
        return {} if _is_unset(path, tree) else {path: tree}
    for key, below in items:
        leaves |= _leaves(below, (*path, key))
    return leaves


def _is_unset(path: Path, leaf: Any) -> bool:  # noqa: ANN401 - any JSON
    """Return whether a leaf says nothing; a label may be the empty string."""
    if path[:1] == ("labels",):
        return not isinstance(leaf, str)
    return leaf is None or leaf in ("", 0)


def _is_chosen(path: Path) -> bool:
    """Return whether a message is a member of a oneof inside a list."""
    in_list = any(isinstance(step, int) for step in path)
    return in_list and str(path[-1]).endswith("Spec")


def _is_same(path: Path, one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON
    """Return whether two leaves mean the same to the service."""
    if one == other:
        return True
    if one is None or other is None:
        return False
    if isinstance(one, str) and isinstance(other, str):
        is_same_text = _SAME_TEXTS.get(str(path[-1]))
        return is_same_text is not None and is_same_text(one, other)
    return _as_number(one) == _as_number(other) is not None


def _as_number(value: Any) -> float | None:  # noqa: ANN401 - any JSON
    """Return a number or a number's text as a number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def is_same_project(one: str, other: str) -> bool:
    """Return whether two projects may be one: it has an id and a number."""
    return one == other or one.isdigit() != other.isdigit()


def is_same_job(one: str, other: str) -> bool:
    """Return whether two names mean one job, whichever name the project has in them."""
    a, b = TuningJobName.parse(one), TuningJobName.parse(other)
    if a is None or b is None:
        return False
    return (a.location, a.tuning_job) == (b.location, b.tuning_job)


def is_same_model(one: str, wanted: str) -> bool:
    """Return whether a name means the wanted model; no wanted version means any."""
    a, b = ModelName.parse(one), ModelName.parse(wanted)
    if a is None or b is None:
        return False
    return (
        is_same_project(a.project, b.project)
        and (a.location, a.model) == (b.location, b.model)
        and b.version in (None, a.version)
    )


def _is_same_dataset(one: str, other: str) -> bool:
    """Return whether two names mean one multimodal dataset."""
    a, b = DatasetName.parse(one), DatasetName.parse(other)
    if a is None or b is None:
        return False
    return is_same_project(a.project, b.project) and (a.location, a.dataset) == (
        b.location,
        b.dataset,
    )


_SAME_TEXTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "tunedModelName": is_same_model,
    "trainingDatasetUri": _is_same_dataset,
    "validationDatasetUri": _is_same_dataset,
}
"""When two texts mean the same: all others only when they are equal."""


def _shown(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Return a value as a reader of one line wants it."""
    if value is None:
        return "(unset)"
    if isinstance(value, str):
        return f'"{value}"' if not value.startswith("ADAPTER_SIZE_") else value
    return f"{value:g}" if isinstance(value, float) else str(value)
