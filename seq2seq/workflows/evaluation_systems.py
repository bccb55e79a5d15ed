"""What is evaluated: runs, exports, served models, and files of translations, each with a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seq2seq.client.translator import is_address
from seq2seq.config.schema import TranslationRun
from seq2seq.data.lines import read_lines
from seq2seq.errors import DataError
from seq2seq.training.run_folder import RunFolder
from seq2seq.workflows.members import Members
from seq2seq.workflows.run_or_export import describe, exported_version, pinned

_LONGEST_NAME = 40
_OUTPUT_SUFFIXES = (".gz", ".txt")


@dataclass(frozen=True)
class System:
    """One of what is compared.

    Attributes:
        name: short, and no other system's; part of a file's name too.
        path: the run, the export, or the file with a translation a line, as it was given; or several runs together; or
            the address of a served model.
        place: the same by a name that stays, the version's folder of an export.
        configuration, checkpoint: what is in a run or an export; None of a file and a served model.
    """

    name: str
    path: str | Path | Members
    place: str | Path | Members
    configuration: TranslationRun | None = None
    checkpoint: str | None = None

    @property
    def translates(self) -> bool:
        """Whether it has a model, and is no file of translations."""
        return self.configuration is not None or self.is_served

    @property
    def is_served(self) -> bool:
        return is_address(self.place)

    @property
    def members(self) -> list[str] | None:
        """The runs that translate together, by names that stay; None of anything else."""
        if not isinstance(self.place, Members):
            return None
        return [str(member.run.resolve()) for member in self.place.members]

    @property
    def run(self) -> RunFolder | None:
        """Its run folder, if it is one run, in whatever precision."""
        place = self.place
        if isinstance(place, Members):
            return RunFolder(place.members[0].run) if len(place.members) == 1 and place.fusion is None else None
        if self.configuration is None or exported_version(place) is not None:
            return None
        return RunFolder(place)


def find_systems(
    paths: Sequence[str | Path | Members], names: Sequence[str] = (), checkpoint: str = "best"
) -> list[System]:
    """The systems at these paths, looked at and not yet loaded.

    Args:
        paths: run folders, exports, addresses of served models, or files of translations; of several runs together
            `Members`, which have the name of the first.
        names: one for each path; none takes the ends of the paths, as long as it takes to tell them apart.
        checkpoint: of the runs.

    Raises:
        DataError: there are not as many names as systems, or they are not short, plain and different.
        RunError, CheckpointError, ExportError: a folder holds no run, or not that checkpoint.
        ClientError: there is no such server or model.
    """
    places = [path if isinstance(path, Members) or is_address(path) else Path(path) for path in paths]
    if names and len(names) != len(places):
        raise DataError(
            f"names and systems do not pair up — given {len(names)} names for {len(places)} systems — give --name once "
            "for each system, in their order, or not at all"
        )
    firsts = [place.members[0].run if isinstance(place, Members) else Path(place) for place in places]
    chosen = list(names) if names else default_names(firsts)
    for name in names:
        _check_name(name)
    repeated = [name for name, count in Counter(chosen).items() if count > 1]
    if repeated:
        raise DataError(f"two systems have one name — given {repeated[0]!r} — give each a --name of its own")
    systems = []
    for name, path in zip(chosen, places, strict=True):
        if isinstance(path, Path) and path.is_file():
            systems.append(System(name, path, path))
        elif is_address(path):
            place, _ = pinned(path, checkpoint)
            systems.append(System(name, str(place), place))
        else:
            place, name_of_checkpoint = pinned(path, checkpoint)  # `best` may be another one when it is loaded
            config = describe(place, name_of_checkpoint).configuration
            systems.append(System(name, path, place, config, name_of_checkpoint))
    return systems


def default_names(paths: Sequence[Path]) -> list[str]:
    """The last parts of the paths, as many as tell them apart; a path that is given again gets a number.

    `runs/A`, `runs/B` are A and B; `A/test/hypotheses.txt`, `B/test/hypotheses.txt` are A-test-hypotheses and so on.
    """
    parts = [_parts(path) for path in paths]
    names = []
    for place, ours in enumerate(parts):
        others = [theirs for other, theirs in enumerate(parts) if other != place and theirs != ours]
        taken = next((n for n in range(1, len(ours)) if all(theirs[-n:] != ours[-n:] for theirs in others)), len(ours))
        name = "-".join(ours[-taken:])[-_LONGEST_NAME:].lstrip(".-") or "system"
        before = parts[:place].count(ours)
        names.append(f"{name}-{before + 1}" if before else name)
    return names


def read_output(system: System, references: int, text: str) -> list[str]:
    """The translations in a system's file, one for each reference.

    Raises DataError if there are more or fewer, or the file cannot be read.
    """
    lines = list(read_lines(system.path))
    if len(lines) != references:
        raise DataError(
            f"translations and references do not pair up — given {len(lines)} lines in {system.path} and {references} "
            f"in {text} — line k of one must be the translation of line k of the other"
        )
    return lines


def _parts(path: Path) -> tuple[str, ...]:
    """The parts of an absolute path, the last without what only tells how a file is written."""
    parts = list(path.absolute().parts[1:]) or ["system"]
    for suffix in _OUTPUT_SUFFIXES:
        parts[-1] = parts[-1].removesuffix(suffix) or parts[-1]
    return tuple(parts)


def _check_name(name: str) -> None:
    plain = name.isprintable() and name == name.strip() and not name.startswith(".") and not {"/", "\\"} & set(name)
    if not plain or not 1 <= len(name) <= _LONGEST_NAME:
        raise DataError(
            f"a system's name is not plain — given {name!r} — give 1 to {_LONGEST_NAME} characters, without slashes "
            "and not beginning with a dot"
        )
