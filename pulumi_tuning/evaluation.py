"""EvaluationConfig: how the service evaluates the checkpoints of a tuning job.

Pure: no I/O, no Pulumi. The fields are those of `EvaluationConfig` in the v1 discovery
document of Vertex AI, in snake_case; each is sent to the service as it is.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Int32 = Annotated[int, Field(ge=-(2**31), lt=2**31)]
ThinkingLevel = Literal[
    "THINKING_LEVEL_UNSPECIFIED", "LOW", "MEDIUM", "HIGH", "MINIMAL"
]
Modality = Literal["MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO"]
MediaResolution = Literal[
    "MEDIA_RESOLUTION_UNSPECIFIED",
    "MEDIA_RESOLUTION_LOW",
    "MEDIA_RESOLUTION_MEDIUM",
    "MEDIA_RESOLUTION_HIGH",
]
RubricContentType = Literal[
    "RUBRIC_CONTENT_TYPE_UNSPECIFIED",
    "PROPERTY",
    "NL_QUESTION_ANSWER",
    "PYTHON_CODE_ASSERTION",
]
ComputationBasedMetricType = Literal[
    "COMPUTATION_BASED_METRIC_TYPE_UNSPECIFIED", "EXACT_MATCH", "BLEU", "ROUGE"
]
AggregationMetric = Literal[
    "AGGREGATION_METRIC_UNSPECIFIED",
    "AVERAGE",
    "MODE",
    "STANDARD_DEVIATION",
    "VARIANCE",
    "MINIMUM",
    "MAXIMUM",
    "MEDIAN",
    "PERCENTILE_P90",
    "PERCENTILE_P95",
    "PERCENTILE_P99",
]


class RestModel(BaseModel):
    """A message of the REST API: snake_case in Python, camelCase on the wire."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
    )


class ThinkingConfig(RestModel):
    """How much a model may think before it answers."""

    include_thoughts: bool | None = None
    thinking_budget: Int32 | None = None
    thinking_level: ThinkingLevel | None = None


class GenerationConfig(RestModel):
    """How a model generates the answers that are evaluated."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    candidate_count: Int32 | None = None
    max_output_tokens: Int32 | None = None
    stop_sequences: list[str] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: Int32 | None = None
    logprobs: Int32 | None = None
    response_logprobs: bool | None = None
    response_mime_type: str | None = None
    response_json_schema: Any = None
    response_schema: Any = None
    response_modalities: list[Modality] | None = None
    media_resolution: MediaResolution | None = None
    thinking_config: ThinkingConfig | None = None
    audio_timestamp: bool | None = None
    enable_affective_dialog: bool | None = None
    routing_config: dict[str, Any] | None = None
    speech_config: dict[str, Any] | None = None
    image_config: dict[str, Any] | None = None
    translation_config: dict[str, Any] | None = None
    audio_transcription_config: dict[str, Any] | None = None
    response_format: list[dict[str, Any]] | None = None


class AutoraterConfig(RestModel):
    """The model that judges answers."""

    sampling_count: Int32 | None = None
    flip_enabled: bool | None = None
    autorater_model: str | None = None
    generation_config: GenerationConfig | None = None


class CustomOutputFormatConfig(RestModel):
    """The form of a judge's answer."""

    return_raw_output: bool | None = None


class PointwiseMetricSpec(RestModel):
    """A judge that rates one answer."""

    metric_prompt_template: str | None = None
    system_instruction: str | None = None
    custom_output_format_config: CustomOutputFormatConfig | None = None


class PairwiseMetricSpec(RestModel):
    """A judge that compares two answers."""

    metric_prompt_template: str | None = None
    system_instruction: str | None = None
    baseline_response_field_name: str | None = None
    candidate_response_field_name: str | None = None
    custom_output_format_config: CustomOutputFormatConfig | None = None


class ExactMatchSpec(RestModel):
    """Whether the answer is the reference, character by character."""


class BleuSpec(RestModel):
    """BLEU score of the answer against the reference."""

    use_effective_order: bool | None = None


class RougeSpec(RestModel):
    """ROUGE score of the answer against the reference."""

    rouge_type: str | None = None
    split_summaries: bool | None = None
    use_stemmer: bool | None = None


class PredefinedMetricSpec(RestModel):
    """A metric that the service has a name for."""

    metric_spec_name: str | None = None
    metric_spec_parameters: dict[str, Any] | None = None


class RubricGenerationSpec(RestModel):
    """How rubrics are generated."""

    prompt_template: str | None = None
    judge: AutoraterConfig | None = Field(default=None, alias="modelConfig")
    rubric_content_type: RubricContentType | None = None
    rubric_type_ontology: list[str] | None = None


class LlmBasedMetricSpec(RestModel):
    """A judge with rubrics."""

    metric_prompt_template: str | None = None
    system_instruction: str | None = None
    rubric_group_key: str | None = None
    rubric_generation_spec: RubricGenerationSpec | None = None
    predefined_rubric_generation_spec: PredefinedMetricSpec | None = None
    judge_autorater_config: AutoraterConfig | None = None
    additional_config: dict[str, Any] | None = None
    result_parser_config: dict[str, Any] | None = None


class ComputationBasedMetricSpec(RestModel):
    """A metric that is computed without a judge."""

    type: ComputationBasedMetricType | None = None
    parameters: dict[str, Any] | None = None


class CustomCodeExecutionSpec(RestModel):
    """A metric that is a Python function of one's own."""

    evaluation_function: str | None = None


class Metric(RestModel):
    """One metric: exactly one of the specs, and how its values are aggregated."""

    pointwise_metric_spec: PointwiseMetricSpec | None = None
    pairwise_metric_spec: PairwiseMetricSpec | None = None
    exact_match_spec: ExactMatchSpec | None = None
    bleu_spec: BleuSpec | None = None
    rouge_spec: RougeSpec | None = None
    predefined_metric_spec: PredefinedMetricSpec | None = None
    llm_based_metric_spec: LlmBasedMetricSpec | None = None
    computation_based_metric_spec: ComputationBasedMetricSpec | None = None
    custom_code_execution_spec: CustomCodeExecutionSpec | None = None
    aggregation_metrics: list[AggregationMetric] | None = None
    metadata: dict[str, Any] | None = None


class GcsDestination(RestModel):
    """A folder in Cloud Storage."""

    output_uri_prefix: str | None = None
    """Folder for the results, `gs://bucket/folder/`. Required."""


class OutputConfig(RestModel):
    """Where the results go."""

    gcs_destination: GcsDestination | None = None


class DatasetCustomMetric(RestModel):
    """A metric of one's own over the whole data set."""

    display_name: str | None = None
    aggregation_function: str | None = None


class EvaluationConfig(RestModel):
    """How the service evaluates each checkpoint."""

    metrics: list[Metric] | None = None
    """Metrics to compute, each with one spec. Required."""

    output_config: OutputConfig | None = None
    """Where the results go. Required."""

    autorater_config: AutoraterConfig | None = None
    """The model that judges, where a metric needs one."""

    inference_generation_config: GenerationConfig | None = None
    """How the tuned model generates the answers."""

    dataset_custom_metrics: list[DatasetCustomMetric] | None = None
    """Metrics of one's own over the whole data set."""
