"""An inspection as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seq2seq.workflows.inspect import Example, Inspection, SideCounts, TextPart
    from seq2seq.workflows.memory_estimate import MemoryEstimate

BAR_WIDTH = 40


def inspection_text(inspection: Inspection) -> str:
    """All of it, line by line, at most 120 columns but for the examples."""
    lines: list[str] = []
    for part in inspection.parts:
        lines += _part(part)
    lines += _histogram(inspection)
    lines += _batches(inspection)
    lines += memory_lines(inspection.memory, "{0:,} rows of {1:,} source and {2:,} target positions")
    lines += [*inspection.vectors, ""] if inspection.vectors else []
    lines += ["Examples"]
    for example in inspection.examples:
        lines += _example(example)
    return "\n".join(lines)


def _part(part: TextPart) -> list[str]:
    kept = f"{part.pairs:,} pairs"
    if part.drops:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(part.drops.items()))
        kept = f"{part.pairs:,} of {part.pairs_read:,} pairs kept; dropped: {reasons}"
    elif part.name == "train":
        kept += ", none dropped"
    return [f"{part.name.capitalize()}: {kept}", *(f"  {side_line(side)}" for side in part.sides), ""]


def side_line(side: SideCounts) -> str:
    """One side of a part."""
    per_word = side.pieces / max(1, side.words)
    unknown = 100 * side.unknowns / max(1, side.pieces)
    truncated = f", {side.truncated:,} longer than the limit" if side.truncated else ""
    return (
        f"{side.language}: {side.words:,} words, {side.pieces:,} pieces ({per_word:.2f} a word, vocabulary "
        f"{side.vocabulary_size:,}), {side.unknowns:,} unknown ({unknown:.3f} %), longest line {side.longest:,} "
        f"pieces{truncated}"
    )


def _histogram(inspection: Inspection) -> list[str]:
    """Lines of the training text by length, before the filters, the two languages side by side."""
    source, target = inspection.parts[0].sides
    bins = sorted(set(source.histogram) | set(target.histogram))
    most = max([*source.histogram.values(), *target.histogram.values()])
    lines = [f"{'Pieces a line':>13}  {source.language:<{BAR_WIDTH + 10}} {target.language}"]
    for number in bins:
        first = number * inspection.histogram_bin
        label = f"{first}-{first + inspection.histogram_bin - 1}"
        bars = [
            f"{'#' * round(BAR_WIDTH * side.histogram[number] / most)} {side.histogram[number]:,}"
            for side in (source, target)
        ]
        lines.append(f"{label:>13}  {bars[0]:<{BAR_WIDTH + 10}} {bars[1]}")
    return [*lines, ""]


def _batches(inspection: Inspection) -> list[str]:
    padding = inspection.padding
    return [
        f"Batches: {inspection.batches:,} an epoch of {inspection.batch_size:,} {inspection.batch_kind}, "
        f"{padding.tokens:,} tokens in {padding.positions:,} positions, {100 * padding.waste:.1f} % padding",
        *(f"  {line}" for line in (inspection.selection, inspection.teachers) if line),
        "",
    ]


def memory_lines(memory: MemoryEstimate, largest_batch: str) -> list[str]:
    """`largest_batch` is a format of its three sizes."""
    return [
        f"Model: {memory.parameters:,} parameters",
        f"Memory, about: {_megabytes(memory.total_bytes)} = program {_megabytes(memory.program_bytes)} "
        f"+ weights and gradients {_megabytes(memory.parameter_bytes)} "
        f"+ optimizer {_megabytes(memory.optimizer_bytes)} + activations {_megabytes(memory.activation_bytes)}",
        f"  largest batch: {largest_batch.format(*memory.largest_batch)}",
        "",
    ]


def _example(example: Example) -> list[str]:
    lines = []
    for text, pieces, sampled in zip(example.texts, example.pieces, example.sampled_pieces, strict=True):
        lines += [f"  {text}", f"    {' '.join(pieces)}"]
        if sampled is not None:
            lines.append(f"    {' '.join(sampled)}  (sampled)")
    return [*lines, ""]


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
