"""The parts of a turn: text, files and function calls, and which model takes which.

Pure: no I/O.
"""

from dataclasses import dataclass
from typing import Any, Final

from pulumi_tuning.dataset.facts import Modality, ModelRules
from pulumi_tuning.dataset.findings import Findings, flat_text
from pulumi_tuning.dataset.formats import LineFormat
from pulumi_tuning.dataset.problems import ProblemKind

_MEDIA: Final = ("fileData", "inlineData")
_FUNCTIONS: Final = ("functionCall", "functionResponse")
_DATA: Final = ("text", *_MEDIA, *_FUNCTIONS, "executableCode", "codeExecutionResult")
_BESIDE_DATA: Final = (
    "videoMetadata",
    "mediaResolution",
    "thought",
    "thoughtSignature",
)
_MISTAKEN: Final = {
    "type": "a part is told by its one field, such as text or fileData",
    "content": 'write {"text": …}',
    "image_url": "write fileData with mimeType and fileUri",
    "fileUri": "put it into fileData, with its mimeType",
}
_MODALITIES: Final = {
    "image": Modality.IMAGE,
    "audio": Modality.AUDIO,
    "video": Modality.VIDEO,
    "application/pdf": Modality.DOCUMENT,
    "text/plain": Modality.DOCUMENT,
}


@dataclass(frozen=True, slots=True)
class PartReader:
    """Reads parts as one format and one model (None: unknown) take them."""

    line_format: LineFormat
    model: ModelRules | None

    def read(self, part: object, path: str, found: Findings) -> str | None:
        """Return the text of a part, or None where it holds something else."""
        fields = found.fields(
            part, path, known=(*_DATA, *_BESIDE_DATA), mistaken=_MISTAKEN
        )
        if fields is None:
            return None
        data = [name for name in _DATA if name in fields]
        if len(data) != 1:
            what = "several kinds of data" if data else "no data"
            message = f"holds {what}: one of text, fileData, inlineData is required"
            found.report(ProblemKind.WRONG_PART, path, message)
            return None
        (name,) = data
        if name == "text":
            return _text(fields["text"], f"{path}.text", found)
        if name in _MEDIA:
            self._media(name, fields[name], f"{path}.{name}", found)
            return None
        self._function(name, fields[name], f"{path}.{name}", found)
        return flat_text(fields[name])

    def _media(self, name: str, value: object, path: str, found: Findings) -> None:
        content = "fileUri" if name == "fileData" else "data"
        fields = found.fields(value, path, known=("mimeType", content, "displayName"))
        if fields is None:
            return
        for required in ("mimeType", content):
            if not isinstance(fields.get(required), str) or not fields[required]:
                message = f"{required} is required"
                found.report(ProblemKind.WRONG_PART, path, message)
        uri = fields.get("fileUri", "gs://")
        if isinstance(uri, str) and not uri.startswith(
            ("gs://", "http://", "https://")
        ):
            message = "must be a gs:// or a public http(s) address"
            found.report(ProblemKind.WRONG_PART, f"{path}.fileUri", message)
        mime_type = fields.get("mimeType")
        if isinstance(mime_type, str) and mime_type:
            self._modality(mime_type, f"{path}.mimeType", found)

    def _modality(self, mime_type: str, path: str, found: Findings) -> None:
        modality = _MODALITIES.get(mime_type) or _MODALITIES.get(
            mime_type.partition("/")[0]
        )
        if modality is None:
            message = "is not a MIME type that is documented for tuning"
            found.report(ProblemKind.DOUBTFUL_PART, path, message)
            return
        found.media[modality] += 1
        if self.line_format is LineFormat.PREFERENCE:
            message = f"{modality}: preference tuning takes nothing but text"
            found.report(ProblemKind.UNSUPPORTED_PART, path, message)
        elif self.model is not None and modality not in self.model.modalities.value:
            message = f"{modality}: {self.model.name} takes nothing but text"
            found.report(ProblemKind.UNSUPPORTED_PART, path, message)

    def _function(self, name: str, value: Any, path: str, found: Findings) -> None:  # noqa: ANN401 - any JSON
        if not isinstance(value, dict):
            found.report(ProblemKind.WRONG_TYPE, path, "must be an object")
        elif name not in _FUNCTIONS:
            message = "is not documented for tuning"
            found.report(ProblemKind.DOUBTFUL_PART, path, message)
        elif self.line_format is LineFormat.PREFERENCE:
            message = "preference tuning is documented for text alone"
            found.report(ProblemKind.DOUBTFUL_PART, path, message)
        elif self.model is not None and _refuses_functions(self.model):
            message = f"{self.model.name} is known to refuse function calls"
            found.report(ProblemKind.DOUBTFUL_PART, path, message)


def _refuses_functions(model: ModelRules) -> bool:
    fact = model.supports_function_parts
    return fact is not None and not fact.value


def _text(value: object, path: str, found: Findings) -> str:
    """Return a text that can be counted; what is none is reported and empty."""
    if not isinstance(value, str):
        found.report(ProblemKind.WRONG_TYPE, path, "must be a string")
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        message = "half of a surrogate pair (\\ud800 to \\udfff) is no character"
        found.report(ProblemKind.NOT_UTF8, path, message)
        return ""
    return value
