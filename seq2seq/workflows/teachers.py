"""The trained models that a translator learns from: which they are, their training, and their predictions.

`training.objective.distillation` names runs, or has some trained first: runs of their own beside the student's,
`NAME-teacher-1` and so on, which differ from it by seed and objective alone. From then on those are named too, so that
there is one way to learn from a run. Their weights are kept in the student's folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seq2seq.config import load_configuration
from seq2seq.config.schema import Model, RunConfiguration, TranslationRun, distillation_of, with_distillation
from seq2seq.errors import RunError
from seq2seq.training.checkpoints import WEIGHTS, Checkpoint, read_checkpoint
from seq2seq.training.configuration_changes import differences
from seq2seq.training.run_folder import CONFIGURATION, RunFolder
from seq2seq.workflows.places import absolute
from seq2seq.workflows.start_from import starting_checkpoint

if TYPE_CHECKING:
    from seq2seq.training.objectives.distillation import Predictor
    from seq2seq.workflows.training_text import Text

# What a student has in common with its teachers, so that one predicts pieces of what the other one reads.
SAME = ("tokenizer.", "data.source_language", "data.target_language")
MAY_DIFFER = ("tokenizer.sampling",)


def teachers_to_train(config: RunConfiguration) -> list[RunConfiguration]:
    """The configurations of the teachers that are to be trained first; none where they are named or there are none."""
    distillation = distillation_of(config)
    if distillation is None or distillation.train_teachers is None:
        return []
    alone = with_distillation(config.training, None)
    return [
        config.model_copy(
            update={"name": f"{config.name}-teacher-{number}", "seed": config.seed + number, "training": alone}
        )
        for number in range(1, distillation.train_teachers + 1)
    ]


def with_teachers_named(config: RunConfiguration, run: RunFolder) -> RunConfiguration:
    """The configuration in which the teachers that are trained first are named as the runs that they become.

    A run that is made keeps the names that it has, wherever its folder is now.
    """
    names = [absolute(str(run.path.parent / str(teacher.name))) for teacher in teachers_to_train(config)]
    if not names:
        return config
    recorded = distillation_of(run.configuration()) if run.exists() else None
    if recorded is not None and recorded.number == len(names):
        names = recorded.teachers
    named = distillation_of(config).model_copy(update={"teachers": names, "train_teachers": None})
    return config.model_copy(update={"training": with_distillation(config.training, named)})


def teaching_runs(config: RunConfiguration) -> list[RunFolder]:
    """The runs that are named as teachers.

    Raises:
        RunError: if one of them does not exist, or is of another task, other languages or another tokenizer.
    """
    distillation = distillation_of(config)
    if distillation is None or distillation.teachers is None:
        return []
    runs = [RunFolder.open(run) for run in distillation.teachers]
    for run in runs:
        wrong = differences(run.configuration_of(TranslationRun), config, SAME, MAY_DIFFER)
        if wrong:
            raise RunError(
                "training.objective.distillation: a student has the languages and the pieces of its teachers — given "
                f"{run.path}, with " + "; ".join(wrong) + " — set them as they are there"
            )
    return runs


def teaching_checkpoints(config: RunConfiguration) -> list[tuple[RunConfiguration, Checkpoint]]:
    """The configuration and the verified checkpoint of each teacher.

    Raises:
        RunError: as `teaching_runs`; or if one was trained with other tokenizers than the others, or than the run that
            the training starts from.
        CheckpointError: if one has no such checkpoint, or it is corrupt.
    """
    found = []
    for run in teaching_runs(config):
        teacher = run.configuration()
        found.append((teacher, run.store(teacher.training).get(distillation_of(config).checkpoint)))
    if not found:
        return []
    start = starting_checkpoint(config)
    first, *others = [*([start] if start else []), *(checkpoint for _, checkpoint in found)]
    for other in others:
        if other.manifest["tokenizers"] != first.manifest["tokenizers"]:
            raise RunError(
                "training.objective.distillation: teachers and student read and write the same pieces — given "
                f"{other.path}, which was trained with other tokenizers than {first.path} — give runs of one tokenizer"
            )
    return found


def check_kept_teachers(config: RunConfiguration, run: RunFolder) -> None:
    """Raises CheckpointError if what is kept of a teacher in a run is missing or corrupt."""
    distillation = distillation_of(config)
    for folder in run.teacher_folders(0 if distillation is None else distillation.number):
        read_checkpoint(folder).verify(WEIGHTS)


def teachers_in_words(config: RunConfiguration) -> str | None:
    """Whom a model learns from; None if from the references alone."""
    distillation = distillation_of(config)
    if distillation is None:
        return None
    to_train = ", ".join(str(teacher.name) for teacher in teachers_to_train(config))
    names = f"{to_train}, trained first" if to_train else ", ".join(distillation.teachers or ())
    return f"learns from {distillation.number} teacher(s): {names}"


def teaching_models(config: TranslationRun) -> list[Model]:
    """The section `model` of each teacher, named or to be trained.

    Raises:
        RunError: as `teaching_runs`.
    """
    to_train = [config.model for _ in teachers_to_train(config)]
    return to_train or [run.configuration_of(TranslationRun).model for run in teaching_runs(config)]


def load_teacher(config: TranslationRun, run: RunFolder, text: Text) -> Predictor:
    """What the teachers that a run keeps predict together, each in the precision of the training."""
    from seq2seq.workflows.load import load_model

    tokenizers, precision = (text.source_tokenizer, text.target_tokenizer), config.training.precision
    models = []
    for folder in run.teacher_folders(distillation_of(config).number):
        teacher: Any = load_configuration(folder / CONFIGURATION)
        model = load_model(teacher, read_checkpoint(folder), *tokenizers, precision=precision)
        model.trainable = False
        models.append(model)
    # Without `training` a model called within another one takes that one's, and its dropout.
    # The geometric mean of their distributions, as an ensemble translates by default, but for the factor of a softmax.
    return lambda inputs: sum(model(inputs, training=False) for model in models) / len(models)
