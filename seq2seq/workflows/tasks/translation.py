"""Translation: pairs of texts → an encoder-decoder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq.config.schema import ReadyTokenizer, TranslationRun
from seq2seq.training.checkpoints import Checkpoint
from seq2seq.training.run_folder import RunFolder
from seq2seq.workflows import training_text
from seq2seq.workflows.tasks.task import EvaluationRequest, Task
from seq2seq.workflows.training_text import Text

if TYPE_CHECKING:
    import keras

    from seq2seq.training.trainer import Trainer
    from seq2seq.workflows.tasks.exporter import Exporter


class TranslationTask(Task[TranslationRun, Text]):
    """See `Task`."""

    def check(self, new: bool) -> None:
        training_text.check_text(self.config)
        if new and training_text.lending_run(self.config) is None and isinstance(self.config.tokenizer, ReadyTokenizer):
            training_text.ready_tokenizers(self.config.tokenizer)

    def inspect(self) -> None:
        from seq2seq.workflows.inspect import inspect

        inspect(self.config)

    def read(self, run: RunFolder | None) -> Text:
        return training_text.read_text(self.config, run)

    def describe(self, text: Text) -> dict[str, Any]:
        return training_text.describe(self.config, text)

    def in_words(self, facts: dict[str, Any]) -> str:
        return training_text.facts_in_words(facts)

    def fingerprints(self, run: RunFolder) -> list[str]:
        return [tokenizer.fingerprint for tokenizer in training_text.load_tokenizers(run)]

    def load_model(self, run: RunFolder, checkpoint: Checkpoint) -> keras.Model:
        from seq2seq.workflows.load import load_model

        return load_model(self.config, checkpoint, *training_text.load_tokenizers(run))

    def save(self, text: Text, folder: Path) -> None:
        training_text.save_tokenizers(text, folder)

    def build_trainer(self, run: RunFolder, text: Text) -> Trainer:
        from seq2seq.workflows.tasks.translation_trainer import build_translation_trainer

        return build_translation_trainer(self.config, run, text)

    def evaluate(self, run: RunFolder, request: EvaluationRequest) -> None:
        from seq2seq.workflows.evaluate import evaluate

        evaluate(run.path, request.source, request.reference, request.output, checkpoint=request.checkpoint)

    def exporter(self) -> Exporter:
        from seq2seq.workflows.tasks.translation_export import TranslationExporter

        return TranslationExporter(self.config)
