"""Requests and data sets that the emulator's tests share."""

import json
from typing import Any, Final

Json = dict[str, Any]

PARENT: Final = "projects/acme/locations/us-central1"
JOBS: Final = f"/v1/{PARENT}/tuningJobs"
JOBS_BETA: Final = f"/v1beta1/{PARENT}/tuningJobs"
TRAIN: Final = "gs://acme-tuning/train.jsonl"


def supervised(**fields: object) -> Json:
    """Return a request for a supervised job, with further fields of the job."""
    body: Json = {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {"trainingDatasetUri": TRAIN},
    }
    return body | fields


def supervised_with(**hyper_parameters: object) -> Json:
    """Return a request for a supervised job with these hyperparameters."""
    spec = {"trainingDatasetUri": TRAIN, "hyperParameters": hyper_parameters}
    return supervised(supervisedTuningSpec=spec)


def preference(**fields: object) -> Json:
    """Return a request for a preference job, with further fields of the job."""
    body: Json = {
        "baseModel": "gemini-2.5-flash",
        "preferenceOptimizationSpec": {"trainingDatasetUri": TRAIN},
    }
    return body | fields


def chat(question: str = "How are you?", answer: str = "Well, thank you.") -> Json:
    """Return one supervised example."""
    return {
        "contents": [
            {"role": "user", "parts": [{"text": question}]},
            {"role": "model", "parts": [{"text": answer}]},
        ]
    }


def pair(better: str = "Yes, gladly.", worse: str = "No.") -> Json:
    """Return one preference example."""
    return {
        "contents": [{"role": "user", "parts": [{"text": "Will you help?"}]}],
        "completions": [
            {"score": 1.0, "completion": model_turn(better)},
            {"score": 0.0, "completion": model_turn(worse)},
        ],
    }


def model_turn(text: str) -> Json:
    """Return a turn of the model."""
    return {"role": "model", "parts": [{"text": text}]}


def json_lines(*examples: object) -> bytes:
    """Return the examples as a data set."""
    return "\n".join(json.dumps(example) for example in examples).encode()
