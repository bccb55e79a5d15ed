"""Where a run finds its text: the parts of it, and their places as absolute paths."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from seq2seq.config.schema import (
    LabelledTfds,
    RunConfiguration,
    Section,
    TfdsSource,
    distillation_of,
    vectors_of,
    with_distillation,
)

Run = TypeVar("Run", bound=RunConfiguration)


def parts(data: Section) -> list[str]:
    """Which of train, validation and test the section `data` of a configuration has."""
    return [part for part in ("train", "validation", "test") if getattr(data, part) is not None]


def with_absolute_places(config: Run) -> Run:
    """The configuration as it is kept in the run, whose text is then found from whatever directory.

    Absolute become data.folder, folders of TensorFlow Datasets, files of word vectors, training.start_from and the runs
    that teach. Without a data.folder, relative file names start from the working directory, which then becomes it.
    """
    run: Any = config  # each task has sections of its own
    data: dict[str, Any] = {}
    for part in parts(run.data):
        source = getattr(run.data, part)
        if not isinstance(source, TfdsSource | LabelledTfds):
            data["folder"] = absolute(run.data.folder or ".")
        elif source.data_dir is not None:
            data[part] = source.model_copy(update={"data_dir": absolute(source.data_dir)})
    model = {
        field: section.model_copy(update={"file": str(path_in(run.data.folder, section.file))})
        for field, section in vectors_of(run.model).items()
    }
    start = run.training.start_from
    training: dict[str, Any] = {}
    if start is not None:
        training["start_from"] = start.model_copy(update={"run": absolute(start.run)})
    distillation = distillation_of(run)
    if distillation is not None and distillation.teachers is not None:
        there = distillation.model_copy(update={"teachers": [absolute(teacher) for teacher in distillation.teachers]})
        training["objective"] = with_distillation(run.training, there).objective
    changed = {"data": data, "model": model, "training": training}
    return config.model_copy(
        update={name: getattr(run, name).model_copy(update=update) for name, update in changed.items()}
    )


def path_in(folder: str | None, name: str) -> Path:
    """The absolute path of a file whose relative name starts from the folder; None: from the working directory."""
    return (Path(folder or ".").expanduser() / Path(name).expanduser()).absolute()


def absolute(path: str) -> str:
    """The absolute path of a file or folder whose relative name starts from the working directory."""
    return str(path_in(None, path))
