"""The tuning job and its tuning specs, as text that the schema is read from.

Fields stand in the order in which the service answers them: by number in the
`google.cloud.aiplatform.v1beta1` protos where it is published, else as documented.
"""

from typing import Final

TUNING_JOB_TYPES: Final = """
TuningJob
  name: string output
  tunedModelDisplayName: string
  description: string
  baseModel: string oneof=source_model
  supervisedTuningSpec: SupervisedTuningSpec oneof=tuning_spec
  state: JobState output
  createTime: timestamp output
  startTime: timestamp output
  endTime: timestamp output
  updateTime: timestamp output
  error: GoogleRpcStatus output
  labels: {string}
  experiment: string output
  tunedModel: TunedModel output
  tuningDataStats: TuningDataStats output
  encryptionSpec: EncryptionSpec
  distillationSpec: DistillationSpec oneof=tuning_spec beta
  pipelineJob: string output beta
  partnerModelTuningSpec: PartnerModelTuningSpec oneof=tuning_spec beta
  serviceAccount: string
  outputUri: string beta
  customBaseModel: string beta
  preTunedModel: PreTunedModel oneof=source_model
  evaluateDatasetRuns: [EvaluateDatasetRun] output
  preferenceOptimizationSpec: PreferenceOptimizationSpec oneof=tuning_spec
  veoTuningSpec: VeoTuningSpec oneof=tuning_spec beta
  veoLoraTuningSpec: VeoLoraTuningSpec oneof=tuning_spec beta
  fullFineTuningSpec: FullFineTuningSpec beta oneof=tuning_spec
  gcsMetricsUri: string output
  reinforcementTuningSpec: ReinforcementTuningSpec beta oneof=tuning_spec
  satisfiesPzi: bool output beta
  satisfiesPzs: bool output beta
  tuningJobMetadata: TuningJobMetadata output beta
  tuningJobState: TuningJobState output beta
DistillationSpec beta
  trainingDatasetUri: string
  validationDatasetUri: string optional
  hyperParameters: DistillationHyperParameters
  studentModel: string
  baseTeacherModel: string oneof=teacher_model
  tunedTeacherModelSource: string oneof=teacher_model
  pipelineRootDirectory: string
  promptDatasetUri: string
  tuningMode: TuningMode
EncryptionSpec
  kmsKeyName: string
FullFineTuningSpec beta
  trainingDatasetUri: string
  validationDatasetUri: string
  hyperParameters: SupervisedHyperParameters
PartnerModelTuningSpec beta
  trainingDatasetUri: string
  validationDatasetUri: string
  hyperParameters: {any}
PreTunedModel
  tunedModelName: string
  checkpointId: string
  baseModel: string output
PreferenceOptimizationSpec
  trainingDatasetUri: string
  validationDatasetUri: string
  hyperParameters: PreferenceOptimizationHyperParameters
  exportLastCheckpointOnly: bool
ReinforcementTuningSpec beta
  trainingDatasetUri: string
  validationDatasetUri: string
  hyperParameters: ReinforcementTuningHyperParameters
  singleRewardConfig: SingleRewardConfig oneof=reward_config
  compositeRewardConfig: CompositeRewardConfig oneof=reward_config
SupervisedTuningSpec
  trainingDatasetUri: string
  validationDatasetUri: string
  hyperParameters: SupervisedHyperParameters
  evaluationConfig: EvaluationConfig
  exportLastCheckpointOnly: bool
  tuningMode: TuningMode beta
VeoLoraTuningSpec beta
  trainingDatasetUri: string
  validationDatasetUri: string
  hyperParameters: VeoHyperParameters
  videoOrientation: VideoOrientation
VeoTuningSpec beta
  trainingDatasetUri: string
  validationDatasetUri: string
  hyperParameters: VeoHyperParameters
DistillationHyperParameters beta
  epochCount: int64 optional
  learningRateMultiplier: double optional
  adapterSize: AdapterSize
  batchSize: int64
  learningRate: double
SupervisedHyperParameters
  epochCount: int64
  learningRateMultiplier: double
  adapterSize: AdapterSize
  batchSize: int64 beta
  learningRate: double beta
PreferenceOptimizationHyperParameters
  epochCount: int64
  learningRateMultiplier: double
  adapterSize: AdapterSize
  beta: double
CompositeRewardConfig beta
  weightedRewardConfigs: [WeightedRewardConfig]
ReinforcementTuningHyperParameters beta
  epochCount: int64
  stepCount: int64
  learningRateMultiplier: double
  adapterSize: AdapterSize
  batchSize: int32
  checkpointInterval: int32
  evaluateInterval: int32
  maxOutputTokens: int32
  samplesPerPrompt: int32
  thinkingBudget: int32
  thinkingLevel: ReinforcementTuningThinkingLevel
SingleRewardConfig beta
  autoraterScorer: AutoraterScorer
  cloudRunRewardScorer: CloudRunRewardScorer
  codeExecutionRewardScorer: CodeExecutionRewardScorer
  parseResponseConfig: ParseResponseConfig
  rewardName: string
  stringMatchRewardScorer: StringMatchRewardScorer
VeoHyperParameters beta
  epochCount: int64
  learningRateMultiplier: double
  tuningTask: TuningTask
  veoDataMixtureRatio: double optional
  tuningSpeed: TuningSpeed optional
  adapterSize: VeoAdapterSize
WeightedRewardConfig beta
  rewardConfig: SingleRewardConfig
  weight: float
AutoraterScorer beta
  autoraterConfig: AutoraterConfig
  autoraterPrompt: string
  autoraterResponseParseConfig: ParseResponseConfig
  exactMatchScorer: ExactMatchScorer
  parsedResponseConversionScorer: ParsedResponseConversionScorer
CloudRunRewardScorer beta
  cloudRunUri: string
CodeExecutionRewardScorer beta
  pythonCodeSnippet: string
ParseResponseConfig beta
  parseType: ResponseParseType
  regexExtractExpression: string
StringMatchRewardScorer beta
  correctAnswerReward: float
  jsonMatchExpression: JsonMatchExpression
  stringMatchExpression: StringMatchExpression
  wrongAnswerReward: float
ExactMatchScorer beta
  correctAnswerReward: float
  expression: string
  wrongAnswerReward: float
ParsedResponseConversionScorer beta
JsonMatchExpression beta
  keyName: string
  valueStringMatchExpression: StringMatchExpression
StringMatchExpression beta
  expression: string
  matchOperation: MatchOperation
enum JobState
  JOB_STATE_UNSPECIFIED JOB_STATE_QUEUED JOB_STATE_PENDING JOB_STATE_RUNNING
  JOB_STATE_SUCCEEDED JOB_STATE_FAILED JOB_STATE_CANCELLING JOB_STATE_CANCELLED
  JOB_STATE_PAUSED JOB_STATE_EXPIRED JOB_STATE_UPDATING
  JOB_STATE_PARTIALLY_SUCCEEDED
enum TuningJobState
  TUNING_JOB_STATE_UNSPECIFIED TUNING_JOB_STATE_WAITING_FOR_QUOTA
  TUNING_JOB_STATE_PROCESSING_DATASET TUNING_JOB_STATE_WAITING_FOR_CAPACITY
  TUNING_JOB_STATE_TUNING TUNING_JOB_STATE_POST_PROCESSING
enum TuningMode
  TUNING_MODE_UNSPECIFIED TUNING_MODE_FULL TUNING_MODE_PEFT_ADAPTER
enum VideoOrientation
  VIDEO_ORIENTATION_UNSPECIFIED LANDSCAPE PORTRAIT
enum AdapterSize
  ADAPTER_SIZE_UNSPECIFIED ADAPTER_SIZE_ONE ADAPTER_SIZE_FOUR ADAPTER_SIZE_EIGHT
  ADAPTER_SIZE_SIXTEEN ADAPTER_SIZE_THIRTY_TWO ADAPTER_SIZE_TWO
enum ReinforcementTuningThinkingLevel
  REINFORCEMENT_TUNING_THINKING_LEVEL_UNSPECIFIED MINIMAL LOW MEDIUM HIGH
enum TuningTask
  TUNING_TASK_UNSPECIFIED TUNING_TASK_I2V TUNING_TASK_T2V TUNING_TASK_R2V
enum TuningSpeed
  TUNING_SPEED_UNSPECIFIED REGULAR FAST
enum VeoAdapterSize
  ADAPTER_SIZE_UNSPECIFIED ADAPTER_SIZE_EIGHT=8 ADAPTER_SIZE_SIXTEEN=16
  ADAPTER_SIZE_THIRTY_TWO=32
enum ResponseParseType
  RESPONSE_PARSE_TYPE_UNSPECIFIED IDENTITY REGEX_EXTRACT
enum MatchOperation
  MATCH_OPERATION_UNSPECIFIED REGEX_CONTAINS PARTIAL_MATCH EXACT_MATCH
CancelTuningJobRequest
UndeployModelRequest
  deployedModelId: string
  trafficSplit: {int32}
"""
