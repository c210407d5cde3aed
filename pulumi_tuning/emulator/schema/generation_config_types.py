"""The generation config of an evaluation, as text that the schema is read from.

Reached through `evaluationConfig.inferenceGenerationConfig` and the autorater.
"""

from typing import Final

GENERATION_CONFIG_TYPES: Final = """
GenerationConfig
  temperature: float optional
  topP: float optional
  topK: float optional
  candidateCount: int32 optional
  maxOutputTokens: int32 optional
  stopSequences: [string]
  logprobs: int32 optional
  presencePenalty: float optional
  frequencyPenalty: float optional
  seed: int32 optional
  responseMimeType: string
  responseSchema: Schema optional
  routingConfig: RoutingConfig optional
  responseLogprobs: bool optional
  audioTimestamp: bool optional
  responseModalities: [Modality]
  mediaResolution: MediaResolution optional
  speechConfig: SpeechConfig optional
  thinkingConfig: ThinkingConfig
  modelConfig: ModelConfig beta
  responseJsonSchema: any optional
  imageConfig: ImageConfig optional
  audioTranscriptionConfig: AudioTranscriptionConfig
  enableAffectiveDialog: bool
  responseFormat: [ResponseFormat]
  translationConfig: TranslationConfig
AudioTranscriptionConfig
  adaptationPhrases: [string]
  customVocabulary: [string]
  diarization: bool
  languageAuto: LanguageAuto
  languageCodes: [string]
  languageHints: LanguageHints
  mode: TranscriptionMode
  sourceText: string
  wordTimestamp: bool
ImageConfig
  aspectRatio: string optional
  imageOutputOptions: ImageOutputOptions
  imageSize: string
  personGeneration: ImageConfigPersonGeneration
  prominentPeople: ImageConfigProminentPeople
ModelConfig beta
  featureSelectionPreference: FeatureSelectionPreference
ResponseFormat
  audio: AudioResponseFormat
  image: ImageResponseFormat
  text: TextResponseFormat
  video: VideoResponseFormat
Schema
  type: SchemaType
  items: Schema
  properties: {Schema}
  example: any
  required: [string]
  nullable: bool
  format: string
  description: string
  enum: [string]
  anyOf: [Schema]
  minProperties: int64
  maxProperties: int64
  minimum: double
  maximum: double
  minLength: int64
  maxLength: int64
  pattern: string
  minItems: int64
  maxItems: int64
  default: any
  title: string
  propertyOrdering: [string]
  additionalProperties: any
  ref: string
  defs: {Schema}
RoutingConfig
  autoMode: AutoRoutingMode oneof=routing_config
  manualMode: ManualRoutingMode oneof=routing_config
SpeechConfig
  voiceConfig: VoiceConfig
  languageCode: string
  multiSpeakerVoiceConfig: MultiSpeakerVoiceConfig
ThinkingConfig
  includeThoughts: bool optional
  thinkingBudget: int32 optional
  thinkingLevel: ThinkingLevel
TranslationConfig
  echoTargetLanguage: bool
  targetLanguageCode: string
LanguageAuto
LanguageHints
  languageCodes: [string]
ImageOutputOptions
  mimeType: string optional
  compressionQuality: int32 optional
AudioResponseFormat
  bitRate: int32
  delivery: Delivery
  mimeType: AudioResponseFormatMimeType
  sampleRate: int32
ImageResponseFormat
  aspectRatio: ImageResponseFormatAspectRatio
  delivery: Delivery
  imageSize: ImageResponseFormatImageSize
  mimeType: ImageResponseFormatMimeType
TextResponseFormat
  mimeType: TextResponseFormatMimeType
  schema: any
VideoResponseFormat
  aspectRatio: VideoResponseFormatAspectRatio
  delivery: Delivery
  duration: duration
  gcsUri: string
  resolution: string
AutoRoutingMode
  modelRoutingPreference: ModelRoutingPreference optional
ManualRoutingMode
  modelName: string optional
MultiSpeakerVoiceConfig
  speakerVoiceConfigs: [SpeakerVoiceConfig]
VoiceConfig
  prebuiltVoiceConfig: PrebuiltVoiceConfig oneof=voice_config
  replicatedVoiceConfig: ReplicatedVoiceConfig oneof=voice_config
  voice: string
SpeakerVoiceConfig
  speaker: string
  voiceConfig: VoiceConfig
PrebuiltVoiceConfig
  voiceName: string optional
ReplicatedVoiceConfig
  mimeType: string
  voiceSampleAudio: bytes
enum Modality
  MODALITY_UNSPECIFIED TEXT IMAGE AUDIO VIDEO
enum MediaResolution
  MEDIA_RESOLUTION_UNSPECIFIED MEDIA_RESOLUTION_LOW MEDIA_RESOLUTION_MEDIUM
  MEDIA_RESOLUTION_HIGH
enum TranscriptionMode
  MODE_UNSPECIFIED VERBATIM SMART
enum ImageConfigPersonGeneration
  PERSON_GENERATION_UNSPECIFIED ALLOW_ALL ALLOW_ADULT ALLOW_NONE
enum ImageConfigProminentPeople
  PROMINENT_PEOPLE_UNSPECIFIED ALLOW_PROMINENT_PEOPLE BLOCK_PROMINENT_PEOPLE
enum FeatureSelectionPreference
  FEATURE_SELECTION_PREFERENCE_UNSPECIFIED PRIORITIZE_QUALITY BALANCED
  PRIORITIZE_COST
enum SchemaType
  TYPE_UNSPECIFIED STRING NUMBER INTEGER BOOLEAN ARRAY OBJECT NULL
enum ThinkingLevel
  THINKING_LEVEL_UNSPECIFIED LOW MEDIUM HIGH MINIMAL
enum Delivery
  DELIVERY_UNSPECIFIED INLINE URI
enum AudioResponseFormatMimeType
  MIME_TYPE_UNSPECIFIED AUDIO_MP3 AUDIO_OGG_OPUS AUDIO_L16 AUDIO_WAV AUDIO_ALAW
  AUDIO_MULAW
enum ImageResponseFormatAspectRatio
  ASPECT_RATIO_UNSPECIFIED ASPECT_RATIO_ONE_BY_ONE ASPECT_RATIO_TWO_BY_THREE
  ASPECT_RATIO_THREE_BY_TWO ASPECT_RATIO_THREE_BY_FOUR ASPECT_RATIO_FOUR_BY_THREE
  ASPECT_RATIO_FOUR_BY_FIVE ASPECT_RATIO_FIVE_BY_FOUR ASPECT_RATIO_NINE_BY_SIXTEEN
  ASPECT_RATIO_SIXTEEN_BY_NINE ASPECT_RATIO_TWENTY_ONE_BY_NINE
  ASPECT_RATIO_ONE_BY_EIGHT ASPECT_RATIO_EIGHT_BY_ONE ASPECT_RATIO_ONE_BY_FOUR
  ASPECT_RATIO_FOUR_BY_ONE
enum ImageResponseFormatImageSize
  IMAGE_SIZE_UNSPECIFIED IMAGE_SIZE_FIVE_TWELVE IMAGE_SIZE_ONE_K IMAGE_SIZE_TWO_K
  IMAGE_SIZE_FOUR_K
enum ImageResponseFormatMimeType
  MIME_TYPE_UNSPECIFIED IMAGE_JPEG
enum TextResponseFormatMimeType
  MIME_TYPE_UNSPECIFIED APPLICATION_JSON TEXT_PLAIN
enum VideoResponseFormatAspectRatio
  ASPECT_RATIO_UNSPECIFIED ASPECT_RATIO_SIXTEEN_BY_NINE ASPECT_RATIO_NINE_BY_SIXTEEN
enum ModelRoutingPreference
  UNKNOWN PRIORITIZE_QUALITY BALANCED PRIORITIZE_COST
"""
