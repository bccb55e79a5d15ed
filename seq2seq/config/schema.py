"""The configuration of a run: every setting, its default, its range and its meaning, in one place.

The shipped YAML files hold values and reasons; a default lives here and nowhere else. Layers and functions below take
plain numbers, never these objects. `kind` picks a variant; what is absent is null.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Rate = Annotated[float, Field(ge=0.0, lt=1.0)]
PositiveInt = Annotated[int, Field(gt=0)]
PositiveFloat = Annotated[float, Field(gt=0.0)]


class Section(BaseModel):
    """A part of the configuration: unknown keys are errors, values are checked strictly and then fixed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


# --- data -------------------------------------------------------------------------------------------------------------


class TextFiles(Section):
    """Parallel text files, plain or .gz: line k of the sources belongs to line k of the targets.

    `{source}` and `{target}` in a name stand for the two language codes.
    """

    kind: Literal["text"] = "text"
    source: list[str] = Field(min_length=1)
    target: list[str] = Field(min_length=1)


class TsvFiles(Section):
    """Tab-separated files, plain or .gz, and which columns (counted from 0) hold the two sides."""

    kind: Literal["tsv"]
    files: list[str] = Field(min_length=1)
    source_column: int = Field(default=0, ge=0)
    target_column: int = Field(default=1, ge=0)


class TfdsSource(Section):
    """A TensorFlow Datasets builder with two text features."""

    kind: Literal["tfds"]
    name: str
    config: str | None = None
    split: str = "train"
    data_dir: str | None = None
    source_feature: str | None = None  # null: the source language's code
    target_feature: str | None = None  # null: the target language's code


Source = Annotated[TextFiles | TsvFiles | TfdsSource, Field(discriminator="kind")]


class Filters(Section):
    """Which training pairs are left out, each counted by its reason. Evaluation text is never filtered."""

    drop_empty: bool = True
    drop_duplicates: bool = False  # exact repetitions of a pair
    maximum_pieces: PositiveInt | None = 100  # either side, in pieces, without begin and end
    minimum_pieces: PositiveInt | None = None
    maximum_length_ratio: Annotated[float, Field(ge=1.0)] | None = None  # longer side / shorter side, in pieces


class Batches(Section):
    """How training pairs become batches: `sentences` counts pairs; `tokens` counts padded source + target positions."""

    kind: Literal["sentences", "tokens"] = "sentences"
    size: PositiveInt = 64
    shuffle: bool = True
    bucket_batches: PositiveInt = 50  # pairs are sorted by length within pools of this many batches


class Data(Section):
    source_language: str = "source"
    target_language: str = "target"
    folder: str | None = None  # of relative file names; null: the working directory. A run keeps it absolute
    train: Source
    validation: Source
    test: Source | None = None
    filters: Filters = Filters()
    batches: Batches = Batches()


# --- text -------------------------------------------------------------------------------------------------------------


class Sampling(Section):
    """Subword regularisation (Kudo 2018; for BPE: BPE-dropout, Provilkov et al. 2020), on the training side alone."""

    source: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1  # BPE: merges dropped; unigram: smoothing
    target: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1  # 0 turns a side off


class TrainedTokenizer(Section):
    """A SentencePiece model trained on the training text."""

    kind: Literal["bpe", "unigram"] = "bpe"
    shared: bool = True  # one model for both languages, or one each
    vocabulary_size: Annotated[int, Field(ge=8)] = 8000
    character_coverage: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    byte_fallback: bool = False
    user_symbols: list[str] = []
    normalization: Literal["nmt_nfkc", "nfkc", "nmt_nfkc_cf", "nfkc_cf", "identity"] = "nmt_nfkc"
    maximum_lines: PositiveInt = 500_000  # of a larger text, so many lines are drawn (unigram: about 1.3 GB)
    sampling: Sampling | None = None


class ReadyTokenizer(Section):
    """SentencePiece models that exist; `target` null means that one model serves both languages."""

    kind: Literal["ready"]
    source: str
    target: str | None = None
    sampling: Sampling | None = None


TokenizerSection = Annotated[TrainedTokenizer | ReadyTokenizer, Field(discriminator="kind")]


# --- model ------------------------------------------------------------------------------------------------------------

CellKind = Literal["lstm", "gru", "simple_rnn"]
KernelInitializer = Literal["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "uniform"]
RecurrentInitializer = Literal["orthogonal", "identity", "glorot_uniform", "he_uniform", "uniform"]


class Encoder(Section):
    kind: CellKind = "lstm"
    depth: PositiveInt = 1
    units: PositiveInt = 256  # of each direction
    bidirectional: Literal["none", "first", "all"] = "first"
    residual: bool = False


class Decoder(Section):
    kind: CellKind = "lstm"
    depth: PositiveInt = 1
    units: PositiveInt = 256
    residual: bool = False
    input_feeding: bool = False  # Luong et al. 2015, 3.3: the last attentional vector joins the next input


class Attention(Section):
    kind: Literal["dot", "general", "additive"] = "general"
    scaled: bool = False  # scores divided by the square root of the dimension (Vaswani et al. 2017)
    units: PositiveInt | None = None  # of W_q and W_k; null: the decoder's


class Dropout(Section):
    embeddings: Rate = 0.2
    layers: Rate = 0.2  # between recurrent layers and on the memory
    attentional: Rate = 0.2  # on the attentional vector, before the softmax
    variational: bool = False  # one mask for all time steps (Gal & Ghahramani 2016)
    source_words: Rate = 0.0  # whole source positions whose embedding is zeroed
    target_words: Rate = 0.0


class Model(Section):
    embedding_units: PositiveInt = 256
    tied_embeddings: Literal["none", "source_target", "target_softmax", "all"] = "none"
    encoder: Encoder = Encoder()
    decoder: Decoder = Decoder()
    bridge: Literal["copy", "dense", "zero"] = "dense"
    attention: Attention = Attention()
    attentional_units: PositiveInt | None = None  # of h~; null: embedding_units if tied, else the decoder's
    dropout: Dropout = Dropout()
    layer_normalization: bool = False
    activation: Literal["tanh", "relu"] = "tanh"
    kernel_initializer: KernelInitializer = "glorot_uniform"  # of the recurrent layers, as are the next three
    recurrent_initializer: RecurrentInitializer = "orthogonal"
    uniform_range: PositiveFloat = 0.1  # of `uniform` initialisers
    forget_bias: float = 1.0  # LSTM (Jozefowicz et al. 2015)

    @model_validator(mode="after")
    def _agree(self) -> Model:
        tied = self.tied_embeddings in ("target_softmax", "all")
        if tied and self.attentional_units not in (None, self.embedding_units):
            raise ValueError(
                f"tied_embeddings={self.tied_embeddings!r} needs attentional_units equal to embedding_units — given "
                f"{self.attentional_units} and {self.embedding_units} — leave attentional_units null"
            )
        memory_units = self.encoder.units * (2 if self.memory_is_bidirectional else 1)
        if self.attention.kind == "dot" and memory_units != self.decoder.units:
            raise ValueError(
                "attention.kind='dot' needs decoder.units equal to the encoder's output — given "
                f"{self.decoder.units} and {memory_units} — change the units or use kind 'general'"
            )
        if self.bridge == "copy":
            if self.encoder.depth != self.decoder.depth or memory_units != self.decoder.units:
                raise ValueError(
                    "bridge='copy' needs encoder and decoder of one depth, and decoder.units equal to the encoder's "
                    f"output — given depths {self.encoder.depth} and {self.decoder.depth}, units {memory_units} and "
                    f"{self.decoder.units} — use bridge 'dense'"
                )
            if self.encoder.kind != self.decoder.kind or (
                self.encoder.depth > 1 and self.encoder.bidirectional == "first"
            ):
                raise ValueError(
                    "bridge='copy' needs every encoder layer to end in a state of the decoder's kind and size — given "
                    f"{self.encoder.kind} (bidirectional: {self.encoder.bidirectional}) and {self.decoder.kind} — "
                    "use bridge 'dense'"
                )
        return self

    @property
    def memory_is_bidirectional(self) -> bool:
        """Whether the encoder's last layer, whose outputs the attention reads, runs in both directions."""
        return self.encoder.bidirectional == "all" or (
            self.encoder.bidirectional == "first" and self.encoder.depth == 1
        )


# --- training ---------------------------------------------------------------------------------------------------------


class Optimizer(Section):
    kind: str = "adam"  # any name that keras.optimizers.get knows
    learning_rate: PositiveFloat = 1e-3
    arguments: dict[str, Any] = {}  # handed to the Keras class as they are
    weight_decay: Annotated[float, Field(ge=0.0)] | None = None
    clip_norm: PositiveFloat | None = 5.0  # of the global norm
    clip_value: PositiveFloat | None = None

    @model_validator(mode="after")
    def _one_clipping(self) -> Optimizer:
        if self.clip_norm is not None and self.clip_value is not None:
            raise ValueError(
                f"one of clip_norm and clip_value — given both, {self.clip_norm} and {self.clip_value} — "
                "set the other to null"
            )
        return self


class Constant(Section):
    kind: Literal["constant"] = "constant"
    warmup_steps: int = Field(default=0, ge=0)


class InverseSquareRoot(Section):
    """Linear warm-up, then learning_rate x sqrt(warmup_steps / step) (Vaswani et al. 2017)."""

    kind: Literal["inverse_square_root"]
    warmup_steps: PositiveInt = 4000


class Cosine(Section):
    """Linear warm-up, then half a cosine down to final_fraction of the learning rate at the last step."""

    kind: Literal["cosine"]
    warmup_steps: int = Field(default=0, ge=0)
    decay_steps: PositiveInt
    final_fraction: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0


class Halving(Section):
    """Multiplied by `factor` every `every_steps` steps from `start_step` on (Luong et al. 2015)."""

    kind: Literal["halving"]
    start_step: PositiveInt
    every_steps: PositiveInt
    factor: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5


class Plateau(Section):
    """Multiplied by `factor` after `patience` validations without a better `metric`."""

    kind: Literal["plateau"]
    warmup_steps: int = Field(default=0, ge=0)
    metric: Literal["bleu", "perplexity"] = "perplexity"
    patience: PositiveInt = 2
    factor: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    minimum: Annotated[float, Field(ge=0.0)] = 0.0


Schedule = Annotated[Constant | InverseSquareRoot | Cosine | Halving | Plateau, Field(discriminator="kind")]


class LinearDecay(Section):
    """e_i = max(minimum, start - slope x i)."""

    kind: Literal["linear"] = "linear"
    start: PositiveFloat = 1.0  # above 1: the references alone for the first (start - 1) / slope updates
    slope: PositiveFloat
    minimum: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0


class ExponentialDecay(Section):
    """e_i = base^i."""

    kind: Literal["exponential"]
    base: Annotated[float, Field(gt=0.0, lt=1.0)]


class InverseSigmoidDecay(Section):
    """e_i = scale / (scale + exp(i / scale)); a half after scale x ln(scale) updates."""

    kind: Literal["inverse_sigmoid"]
    scale: Annotated[float, Field(ge=1.0)]


# Bengio et al. 2015: e_i is the probability that update i reads a reference id rather than one that the model draws.
ScheduledSampling = Annotated[LinearDecay | ExponentialDecay | InverseSigmoidDecay, Field(discriminator="kind")]


class CrossEntropy(Section):
    """The cross-entropy of the references, smoothed by training.label_smoothing (docs/training-objectives.md)."""

    kind: Literal["cross_entropy"] = "cross_entropy"
    consistency: Annotated[float, Field(ge=0.0)] = 0.0  # alpha of R-Drop (Liang et al. 2021); 0: without
    scheduled_sampling: ScheduledSampling | None = None

    @property
    def rows_per_pair(self) -> int:
        """How many rows of a batch a step computes for each pair of texts."""
        return 2 if self.consistency else 1


class MinimumRisk(Section):
    """The expected risk over candidates that the model draws (Shen et al. 2016), to train on a trained model."""

    kind: Literal["minimum_risk"]
    metric: Literal["bleu", "chrf"] = "bleu"  # of a sentence; the risk is 1 - score / 100
    samples: PositiveInt = 20  # candidates drawn for each source, beside its reference
    sharpness: PositiveFloat = 0.005  # alpha of Q(y) ~ p(y)^alpha

    @property
    def rows_per_pair(self) -> int:
        return self.samples + 1


Objective = Annotated[CrossEntropy | MinimumRisk, Field(discriminator="kind")]


class StartFrom(Section):
    """The run whose weights and tokenizers a training begins with; `model` but for dropout must be as there."""

    run: str
    checkpoint: str = "best"


class Validation(Section):
    """When the validation text is scored: perplexity always, BLEU of real decoding if `bleu`."""

    every_steps: PositiveInt | None = None  # null: by epochs
    every_epochs: PositiveInt = 1
    bleu: bool = True
    bleu_lowercase: bool = False
    bleu_beams: PositiveInt = 1
    bleu_lines: PositiveInt | None = None  # decode only the first n lines; null: all
    bleu_start_epoch: int = Field(default=0, ge=0)  # no decoding before this many epochs are done


class EarlyStopping(Section):
    metric: Literal["bleu", "perplexity"] = "bleu"
    patience: PositiveInt = 10  # validations without a better value


class Checkpoints(Section):
    every_steps: PositiveInt | None = None  # for resume; null: at each validation
    keep_best: PositiveInt = 3
    metric: Literal["bleu", "perplexity"] = "bleu"
    keep_last: PositiveInt = 1


class Training(Section):
    maximum_epochs: PositiveInt | None = 30
    maximum_steps: PositiveInt | None = None
    start_from: StartFrom | None = None  # null: from weights drawn by the seed
    objective: Objective = CrossEntropy()
    label_smoothing: Rate = 0.1
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Constant()
    accumulate_steps: PositiveInt = 1  # batches to one update
    ema: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None  # of the weight average that is validated and kept
    # bfloat16_products: float32, with the factors of products rounded; for CPUs (benchmarks/README.md)
    precision: Literal["float32", "bfloat16_products", "mixed_bfloat16", "mixed_float16"] = "float32"
    validation: Validation = Validation()
    early_stopping: EarlyStopping | None = None
    checkpoints: Checkpoints = Checkpoints()
    divergence_factor: PositiveFloat = 20.0  # a loss this many times the first one stops the run
    log_every_steps: PositiveInt = 50
    tensorboard: bool = False

    @model_validator(mode="after")
    def _agree(self) -> Training:
        if self.maximum_epochs is None and self.maximum_steps is None:
            raise ValueError(
                "maximum_epochs and maximum_steps are both null — a training needs an end — give one of them"
            )
        if isinstance(self.objective, MinimumRisk) and self.start_from is None:
            raise ValueError(
                "objective.kind='minimum_risk' without start_from — what an untrained model draws is all equally bad — "
                "give start_from: {run: runs/NAME}"
            )
        for name, metric in (
            ("early_stopping.metric", self.early_stopping.metric if self.early_stopping else None),
            ("checkpoints.metric", self.checkpoints.metric),
            ("schedule.metric", getattr(self.schedule, "metric", None)),
        ):
            if metric == "bleu" and not self.validation.bleu:
                raise ValueError(
                    f"{name}='bleu' with validation.bleu=false — no BLEU will be measured — "
                    "use 'perplexity' or turn it on"
                )
        return self


# --- search -----------------------------------------------------------------------------------------------------------


class Diversity(Section):
    """Groups of beams that keep away from each other's pieces (Vijayakumar et al. 2016)."""

    groups: Annotated[int, Field(ge=2)] = 2  # each has beams / groups places
    strength: Annotated[float, Field(ge=0.0)] = 0.5  # of a piece's penalty, for each group before that chose it


class Sample(Section):
    """Translations drawn by chance instead of searched for; `beams` has no part in them."""

    temperature: PositiveFloat = 1.0  # log-probabilities are divided by it
    top_k: PositiveInt | None = None  # only the k likeliest pieces
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] | None = None  # only the likeliest pieces that together reach p


class Search(Section):
    """How the run translates unless the command says otherwise; docs/search.md has every formula."""

    beams: PositiveInt = 5  # 1 is greedy search
    length_penalty: Annotated[float, Field(ge=0.0)] = 0.6  # alpha of ((offset + length) / (offset + 1))^alpha
    length_penalty_offset: Annotated[float, Field(ge=0.0)] = 5.0  # 5: Wu et al. 2016, eq. 14; 0: length^alpha
    coverage_penalty: Annotated[float, Field(ge=0.0)] = 0.0  # beta of Wu et al. 2016, eq. 14
    maximum_ratio: PositiveFloat = 2.0  # a translation has at most ratio x source pieces + extra pieces
    maximum_extra: int = Field(default=10, ge=0)
    minimum_length: int = Field(default=0, ge=0)  # pieces of a translation, its end counted
    maximum_length: PositiveInt | None = None  # likewise, whatever the ratio allows
    maximum_source_pieces: PositiveInt = 400  # a longer line is cut there, and that is reported
    no_repeat_ngram_size: int = Field(default=0, ge=0)  # no n pieces occur twice; 0: they may
    repetition_penalty: Annotated[float, Field(ge=1.0)] = 1.0  # log-probabilities of pieces that were written, times it
    forbidden: list[str] = []  # words and phrases that no translation holds
    diversity: Diversity | None = None
    sample: Sample | None = None
    samples: PositiveInt = 1  # draws of each text
    seed: int = Field(default=1, ge=0, lt=2**31)  # of the draws
    distinct: bool = False  # n-best lists without two equal texts

    @model_validator(mode="after")
    def _agree(self) -> Search:
        if self.maximum_length is not None and self.maximum_length < self.minimum_length:
            raise ValueError(
                f"no length is allowed — given minimum_length {self.minimum_length} and maximum_length "
                f"{self.maximum_length} — give a maximum of at least the minimum"
            )
        if self.diversity is not None and self.beams % self.diversity.groups:
            raise ValueError(
                f"beams do not make equal groups — given {self.beams} beams in {self.diversity.groups} groups — give a "
                "multiple of the groups"
            )
        if self.sample is None and self.samples > 1:
            raise ValueError(
                f"a search is no sampling — given samples {self.samples} without sample — give sample, such as "
                "{temperature: 1.0}"
            )
        for name, other in (("diversity", self.diversity), ("distinct", self.distinct)):
            if self.sample is not None and other:
                raise ValueError(f"{name} is for beam search — given it with sample — leave one of them out")
        if any(not phrase.strip() for phrase in self.forbidden):
            raise ValueError("an empty phrase cannot be forbidden — given one in forbidden — leave it out")
        return self


class RunConfiguration(Section):
    """The whole of a run."""

    name: str | None = None  # of the run folder; null: the configuration file's
    seed: int = Field(default=1, ge=0, lt=2**31)
    data: Data
    tokenizer: TokenizerSection = TrainedTokenizer()
    model: Model = Model()
    training: Training = Training()
    search: Search = Search()

    @model_validator(mode="after")
    def _agree(self) -> RunConfiguration:
        separate = (
            not self.tokenizer.shared
            if isinstance(self.tokenizer, TrainedTokenizer)
            else self.tokenizer.target is not None
        )
        if separate and self.model.tied_embeddings in ("source_target", "all"):
            raise ValueError(
                f"model.tied_embeddings={self.model.tied_embeddings!r} needs one tokenizer for both languages — "
                "given one for each — set tokenizer.shared: true or tie 'target_softmax'"
            )
        return self
