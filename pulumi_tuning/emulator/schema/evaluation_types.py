"""The evaluation of a tuned model, as text that the schema is read from.

Reached through `supervisedTuningSpec.evaluationConfig`.
"""

from typing import Final

EVALUATION_TYPES: Final = """
EvaluationConfig
  metrics: [Metric]
  outputConfig: OutputConfig
  autoraterConfig: AutoraterConfig
  inferenceGenerationConfig: GenerationConfig
  datasetCustomMetrics: [DatasetCustomMetric]
AutoraterConfig
  samplingCount: int32 optional
  flipEnabled: bool optional
  autoraterModel: string
  generationConfig: GenerationConfig
DatasetCustomMetric
  aggregationFunction: string
  displayName: string
Metric
  aggregationMetrics: [AggregationMetric]
  pointwiseMetricSpec: PointwiseMetricSpec oneof=metric_spec
  pairwiseMetricSpec: PairwiseMetricSpec oneof=metric_spec
  exactMatchSpec: ExactMatchSpec oneof=metric_spec
  bleuSpec: BleuSpec oneof=metric_spec
  rougeSpec: RougeSpec oneof=metric_spec
  predefinedMetricSpec: PredefinedMetricSpec oneof=metric_spec
  computationBasedMetricSpec: ComputationBasedMetricSpec oneof=metric_spec
  llmBasedMetricSpec: LLMBasedMetricSpec oneof=metric_spec
  customCodeExecutionSpec: CustomCodeExecutionSpec oneof=metric_spec
  metadata: MetricMetadata
  stepBasedLlmMetricSpec: StepBasedLlmMetricSpec oneof=metric_spec beta
OutputConfig
  gcsDestination: GcsDestination oneof=destination
BleuSpec
  useEffectiveOrder: bool
ComputationBasedMetricSpec
  type: ComputationBasedMetricType optional
  parameters: {any} optional
CustomCodeExecutionSpec
  evaluationFunction: string optional
  codeExecutionRegion: string beta
ExactMatchSpec
LLMBasedMetricSpec
  metricPromptTemplate: string optional
  systemInstruction: string optional
  judgeAutoraterConfig: AutoraterConfig optional
  rubricGroupKey: string oneof=rubrics_source
  rubricGenerationSpec: RubricGenerationSpec oneof=rubrics_source
  predefinedRubricGenerationSpec: PredefinedMetricSpec oneof=rubrics_source
  additionalConfig: {any} optional
  resultParserConfig: EvaluationParserConfig
MetricMetadata
  title: string
  scoreRange: ScoreRange
  otherMetadata: {any}
PairwiseMetricSpec
  metricPromptTemplate: string optional
  candidateResponseFieldName: string
  baselineResponseFieldName: string
  systemInstruction: string optional
  customOutputFormatConfig: CustomOutputFormatConfig
PointwiseMetricSpec
  metricPromptTemplate: string optional
  systemInstruction: string optional
  customOutputFormatConfig: CustomOutputFormatConfig
PredefinedMetricSpec
  metricSpecName: string
  metricSpecParameters: {any}
  stepAutoraterConfigs: {AutoraterConfig} beta
RougeSpec
  rougeType: string
  useStemmer: bool
  splitSummaries: bool
StepBasedLlmMetricSpec beta
  preprocessor: AgentDataPreprocessor
  steps: [MetricStep]
GcsDestination
  outputUriPrefix: string
EvaluationParserConfig
  customCodeParserConfig: CustomCodeParserConfig oneof=parser
RubricGenerationSpec
  promptTemplate: string
  modelConfig: AutoraterConfig optional
  rubricContentType: RubricContentType
  rubricTypeOntology: [string]
ScoreRange
  min: double optional
  max: double optional
  step: double optional
  description: string
CustomOutputFormatConfig
  returnRawOutput: bool oneof=custom_output_format_config
AgentDataPreprocessor beta
  codeConfig: CodePreprocessorConfig
  filterConfig: FilterPreprocessorConfig
MetricStep beta
  autoraterConfig: AutoraterConfig
  promptTemplate: string
  responseParserConfig: EvaluationParserConfig
  stepId: string
CustomCodeParserConfig
  parsingFunction: string optional
  codeExecutionRegion: string beta
CodePreprocessorConfig beta
  code: string
FilterPreprocessorConfig beta
  traceCompressionConfig: TraceCompressionConfig
TraceCompressionConfig beta
  maxTurnCount: int32
  thoughtsFiltered: bool
enum AggregationMetric
  AGGREGATION_METRIC_UNSPECIFIED AVERAGE MODE STANDARD_DEVIATION VARIANCE MINIMUM
  MAXIMUM MEDIAN PERCENTILE_P90 PERCENTILE_P95 PERCENTILE_P99
enum ComputationBasedMetricType
  COMPUTATION_BASED_METRIC_TYPE_UNSPECIFIED EXACT_MATCH BLEU ROUGE
enum RubricContentType
  RUBRIC_CONTENT_TYPE_UNSPECIFIED PROPERTY NL_QUESTION_ANSWER PYTHON_CODE_ASSERTION
"""
