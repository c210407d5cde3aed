"""What is refused before anything happens, and what is only doubtful.

Pure: no I/O, no Pulumi. A rule speaks only of values that are known and well formed;
rules about models are in `pulumi_tuning.lifecycle.model_rules`.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pulumi_tuning.diff import to_property
from pulumi_tuning.errors import Problem
from pulumi_tuning.inputs import TUNING_SPECS
from pulumi_tuning.lifecycle.identity import OWN_LABELS
from pulumi_tuning.lifecycle.model_rules import model_findings
from pulumi_tuning.lifecycle.subject import Subject
from pulumi_tuning.resource_names import (
    LOCATION_ID,
    PROJECT_ID,
    DatasetName,
    GcsUri,
    KmsKeyName,
    ModelName,
    TuningJobName,
)

MOST_LABELS: Final = 64
LONGEST_LABEL: Final = 64
LONGEST_DISPLAY_NAME: Final = 128
MOST_SAMPLES: Final = 32
_RESERVED_PREFIX: Final = "pulumi-tuning-"
_EMAIL: Final = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+\.[A-Za-z]+")
_LABEL_LETTERS: Final = ("Ll", "Lo", "Nd", "Nl", "No")
_JUDGE: Final = "llmBasedMetricSpec"
_RUBRICS: Final = (
    "rubricGroupKey",
    "rubricGenerationSpec",
    "predefinedRubricGenerationSpec",
)

Rule = Callable[[Subject], Iterator[Problem]]


def problems(subject: Subject) -> list[Problem]:
    """Return everything that makes the inputs no possible tuning job."""
    found = [problem for rule in RULES for problem in rule(subject)]
    return found + [
        Problem(finding.property, finding.reason)
        for finding in model_findings(subject)
        if finding.is_certain
    ]


def doubts(subject: Subject) -> list[str]:
    """Return what is allowed and probably not meant."""
    inputs = subject.inputs
    found = [
        f"{finding.property}: {finding.reason}"
        for finding in model_findings(subject)
        if not finding.is_certain
    ]
    found += [
        f"labels.{key}: keys of labels usually start with a letter, and not with goog"
        for key in _all_labels(subject)
        if key.startswith("goog") or not key[:1].isalpha()
    ]
    email = inputs.service_account or ""
    if _EMAIL.fullmatch(email) and not email.endswith(".gserviceaccount.com"):
        found.append(f"serviceAccount: {email} does not look like a service account")
    beta = subject.value(TUNING_SPECS[1], "hyperParameters", "beta")
    if beta == 0:
        found.append(
            f"{TUNING_SPECS[1]}.hyperParameters.beta: 0 means unset to the service"
        )
    if inputs.location in ("us", "eu"):
        found.append(
            f"location: {inputs.location} is not known to accept tuning jobs; "
            "use a region such as us-central1"
        )
    return found


def _source_model(subject: Subject) -> Iterator[Problem]:
    if subject.is_missing("baseModel") and subject.is_missing("preTunedModel"):
        yield Problem(
            "baseModel",
            "is required: name the model to tune, or give pre_tuned_model to tune "
            "a tuned model further",
        )
    given = [subject.value(name) for name in ("baseModel", "preTunedModel")]
    if None not in given:
        yield Problem("preTunedModel", "excludes baseModel: give one of the two")


def _tuned_model_name(subject: Subject) -> Iterator[Problem]:
    if subject.value("preTunedModel") is None:
        return
    path = ("preTunedModel", "tunedModelName")
    name = subject.value(*path)
    if subject.is_missing(*path):
        yield Problem(".".join(path), "is required: the name of a tuned model")
    elif name and ModelName.parse(name) is None:
        yield Problem(
            ".".join(path),
            "must be projects/{project}/locations/{location}/models/{model}, "
            "with @{version} or @{alias}",
        )


def _tuning_spec(subject: Subject) -> Iterator[Problem]:
    supervised, preference = TUNING_SPECS
    if subject.value(supervised) is not None and subject.value(preference) is not None:
        yield Problem(preference, f"excludes {supervised}: give one of the two")
    elif all(subject.value(s) is None and not subject.is_open(s) for s in TUNING_SPECS):
        yield Problem(supervised, f"is required (or {preference})")
    for spec in TUNING_SPECS:
        if subject.value(spec) is not None:
            yield from _hyper_parameters(subject, spec)
            yield from _dataset_uris(subject, spec)


def _hyper_parameters(subject: Subject, spec: str) -> Iterator[Problem]:
    path = f"{spec}.hyperParameters"
    epochs = subject.value(spec, "hyperParameters", "epochCount")
    if epochs is not None and not 1 <= epochs < 2**63:
        yield Problem(f"{path}.epochCount", f"must be at least 1, not {epochs}")
    multiplier = subject.value(spec, "hyperParameters", "learningRateMultiplier")
    if multiplier is not None and multiplier <= 0:
        yield Problem(
            f"{path}.learningRateMultiplier", f"must be above 0, not {multiplier:g}"
        )
    beta = subject.value(spec, "hyperParameters", "beta")
    if beta is not None and beta < 0:
        yield Problem(f"{path}.beta", f"must not be negative, is {beta:g}")


def _dataset_uris(subject: Subject, spec: str) -> Iterator[Problem]:
    training = (spec, "trainingDatasetUri")
    if subject.is_missing(*training):
        yield Problem(".".join(training), "is required: gs://bucket/object (JSONL)")
    for name in ("trainingDatasetUri", "validationDatasetUri"):
        uri = subject.value(spec, name)
        reason = _wrong_uri(uri) if uri else None
        if reason:
            yield Problem(f"{spec}.{name}", reason)


def _wrong_uri(uri: str) -> str | None:
    """Return why this is no data set's address, or None."""
    if DatasetName.parse(uri) and "*" not in uri:
        return None
    has_control = any(unicodedata.category(c) == "Cc" for c in uri)
    findings = (
        (
            not uri.startswith("gs://"),
            (
                "must be gs://bucket/object, or "
                "projects/{project}/locations/{location}/datasets/{dataset}"
            ),
        ),
        (has_control, "must not contain control characters"),
        (uri != uri.strip(), "must not end in white space"),
        ("*" in uri, "must name one object, wildcards are not read"),
        (uri.endswith("/"), "must name one object, not a folder"),
        (
            GcsUri.parse(uri) is None,
            "must be gs://bucket/object, with a valid bucket name",
        ),
    )
    return next((reason for is_wrong, reason in findings if is_wrong), None)


def _encryption(subject: Subject) -> Iterator[Problem]:
    if subject.value("encryptionSpec") is None:
        return
    path = ("encryptionSpec", "kmsKeyName")
    text = subject.value(*path)
    if subject.is_missing(*path):
        yield Problem(".".join(path), "is required: the name of a Cloud KMS key")
    if not text:
        return
    key = KmsKeyName.parse(text)
    location = subject.inputs.location
    if "/cryptoKeyVersions/" in text:
        yield Problem(".".join(path), "must name a key, not one of its versions")
    elif key is None:
        yield Problem(
            ".".join(path),
            "must be projects/{project}/locations/{location}/keyRings/{ring}"
            "/cryptoKeys/{key}",
        )
    elif location is not None and key.location != location:
        yield Problem(
            ".".join(path),
            f"the key is in {key.location}, the job in {location}: "
            "both must be in the same location",
        )


def _labels(subject: Subject) -> Iterator[Problem]:
    labels = _all_labels(subject)
    most = MOST_LABELS - len(OWN_LABELS)
    if len(labels) > most:
        defaults = " with gcp:defaultLabels" if subject.default_labels else ""
        reason = f"at most {most} labels, there are {len(labels)}{defaults}"
        yield Problem("labels", reason)
    for key, value in labels.items():
        given = key in (subject.inputs.labels or {})
        for reason in _label_faults(key, value):
            if given and key:
                yield Problem(to_property(("labels", key)), reason)
            else:
                source = "" if given else f"gcp:defaultLabels, {key}: "
                yield Problem("labels", source + reason)


def _label_faults(key: str, value: str) -> Iterator[str]:
    if key.startswith(_RESERVED_PREFIX):
        yield f"{_RESERVED_PREFIX}… is this package's own"
    if not key:
        yield "a label's key must not be empty"
    for what, text in (("key", key), ("value", value)):
        if len(text) > LONGEST_LABEL:
            yield f"the {what} has {len(text)} characters, at most {LONGEST_LABEL}"
        if not all(_is_label_character(c) for c in text):
            yield f"the {what} may have lowercase letters, digits, _ and - only"


def _all_labels(subject: Subject) -> dict[str, str]:
    """Return the labels that the job would get, those of this package apart."""
    return {**subject.default_labels, **(subject.inputs.labels or {})}


def _is_label_character(character: str) -> bool:
    return character in "_-" or unicodedata.category(character) in _LABEL_LETTERS


def _names(subject: Subject) -> Iterator[Problem]:
    inputs = subject.inputs
    display_name = inputs.tuned_model_display_name or ""
    if len(display_name) > LONGEST_DISPLAY_NAME:
        yield Problem(
            "tunedModelDisplayName",
            f"has {len(display_name)} characters, at most {LONGEST_DISPLAY_NAME}",
        )
    email = inputs.service_account
    if email and not _EMAIL.fullmatch(email):
        yield Problem(
            "serviceAccount",
            "must be an e-mail such as tuner@my-project.iam.gserviceaccount.com",
        )
    if inputs.adopt and TuningJobName.parse(inputs.adopt) is None:
        yield Problem(
            "adopt",
            "must be projects/{project}/locations/{location}/tuningJobs/{job}",
        )


def _place(subject: Subject) -> Iterator[Problem]:
    for name, setting, variable, form in (
        ("project", "gcp:project", "GOOGLE_PROJECT", PROJECT_ID),
        ("location", "gcp:region", "GOOGLE_REGION", LOCATION_ID),
    ):
        value = subject.value(name)
        if subject.is_missing(name):
            yield Problem(
                name,
                f"is required: give it, or set {setting} "
                f"(pulumi config set {setting} …) or {variable}",
            )
        elif value and not form.fullmatch(value):
            yield Problem(name, f"is not the name of a {name}")


def _triggers(subject: Subject) -> Iterator[Problem]:
    for index, trigger in enumerate(subject.value("triggers") or ()):
        try:
            json.dumps(trigger)
        except TypeError:
            message = "must be JSON; of a file, give a digest"
            yield Problem(f"triggers[{index}]", message)


def _cost_limit(subject: Subject) -> Iterator[Problem]:
    limit = subject.inputs.max_estimated_cost_usd
    if limit is not None and limit <= 0:
        yield Problem("maxEstimatedCostUsd", f"must be above 0, not {limit:g}")


def _evaluation(subject: Subject) -> Iterator[Problem]:
    spec = TUNING_SPECS[0]
    path = (spec, "evaluationConfig")
    if subject.value(*path) is None:
        return
    metrics: list[dict[str, Any]] = subject.value(*path, "metrics") or []
    if not metrics and not subject.is_open(*path, "metrics"):
        yield Problem(".".join((*path, "metrics")), "is required: at least one metric")
    for index, metric in enumerate(metrics):
        yield from _metric(subject, metric, (*path, "metrics", index))
    prefix = (*path, "outputConfig", "gcsDestination", "outputUriPrefix")
    if subject.is_missing(*prefix):
        yield Problem(".".join(prefix), "is required: gs://bucket/folder/")
    elif not str(subject.value(*prefix) or "gs://").startswith("gs://"):
        yield Problem(".".join(prefix), "must be gs://bucket/folder/")
    samples = subject.value(*path, "autoraterConfig", "samplingCount")
    if samples is not None and not 1 <= samples <= MOST_SAMPLES:
        yield Problem(
            ".".join((*path, "autoraterConfig", "samplingCount")),
            f"must be between 1 and {MOST_SAMPLES}, not {samples}",
        )


def _metric(
    subject: Subject, metric: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[Problem]:
    specs = [name for name in metric if name.endswith("Spec")]
    if len(specs) != 1 and not subject.is_open(*map(str, path[:-1])):
        yield Problem(
            to_property(path), f"must have exactly one spec, has {len(specs)}"
        )
    rubrics = [name for name in _RUBRICS if name in metric.get(_JUDGE, {})]
    for other in rubrics[1:]:
        reason = f"excludes {rubrics[0]}: give one of the two"
        yield Problem(to_property((*path, _JUDGE, other)), reason)


RULES: Final[tuple[Rule, ...]] = (
    _source_model,
    _tuned_model_name,
    _tuning_spec,
    _encryption,
    _labels,
    _names,
    _place,
    _triggers,
    _cost_limit,
    _evaluation,
)
