"""The command line: exit codes, messages, instant answers, and one tiny run through every command."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seq2seq import __version__
from seq2seq.cli import main
from seq2seq.config import load_configuration
from seq2seq.errors import Interrupted
from seq2seq.ops.integers import has_integer_products

HEAVY = ("tensorflow", "keras", "tensorflow_text", "matplotlib", "sacrebleu", "sentencepiece")
COMMANDS = (
    "train",
    "translate",
    "classify",
    "evaluate",
    "inspect",
    "average",
    "export",
    "attention",
    "diagnose",
    "shortlist",
)

TINY = """
data:
  source_language: en
  target_language: de
  train: {source: ["{source}.txt"], target: ["{target}.txt"]}
  validation: {source: ["{source}.txt"], target: ["{target}.txt"]}
  batches: {size: 7}
tokenizer: {vocabulary_size: 40}
model:
  embedding_units: 5
  encoder: {units: 6}
  decoder: {units: 7}
training: {maximum_epochs: 2, validation: {bleu_lines: 3}}
search: {beams: 2, maximum_source_pieces: 30}
"""
ENGLISH = ["The dog runs.", "A cat sleeps.", "The cat runs.", "A dog sleeps.", "The dog sleeps.", "A cat runs."]
GERMAN = [
    "Der Hund läuft.",
    "Eine Katze schläft.",
    "Die Katze läuft.",
    "Ein Hund schläft.",
    "Der Hund schläft.",
    "Eine Katze läuft.",
]


@pytest.fixture
def call(monkeypatch, capfd):
    """Calls the command in this process: exit code, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["seq2seq", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        output, error = capfd.readouterr()
        return int(leaving.value.code or 0), output, error

    return call


def in_a_process(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "seq2seq", *arguments], capture_output=True, text=True, timeout=600, **options
    )


# --- instant answers --------------------------------------------------------------------------------------------------


INSTANT = [
    ["--help"],
    ["--version"],
    *([command, "--help"] for command in COMMANDS),
    ["train", "nowhere.yaml"],
    ["inspect", "wrong.yaml"],
    ["translate", "run", "nowhere.txt"],
]
WRONG = [
    ["train", "none", "--resume"],
    ["train", "tiny.yaml"],
    ["inspect", "tiny.yaml"],
    ["evaluate", "none"],
    ["average", "none", "--count", "2"],
    ["shortlist", "none"],
    ["attention", "none", "text", "-o", "a.png"],
]
# Each command in a fork of a process that has imported the command line and nothing else.
ANSWERS = """\
import json, os, sys, traceback
from seq2seq.cli import main
for number, arguments in enumerate(json.loads(sys.argv[1])):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        continue
    try:
        for stream in (1, 2):
            os.dup2(os.open(f"{number}.said", os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
        sys.argv = ["seq2seq", *arguments]
        try:
            main()
        except SystemExit:
            pass
        with open(f"{number}.modules", "w") as file:
            file.write(" ".join(sys.modules))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(0)
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[tuple[str, ...], tuple[str, set[str]]]:
    """What each command says in a process of its own, and the modules that it has imported when it ends."""
    folder = tmp_path_factory.mktemp("answers")
    (folder / "wrong.yaml").write_text("modle: {}\n", encoding="utf-8")
    (folder / "tiny.yaml").write_text(TINY, encoding="utf-8")  # its text is missing
    commands = [*INSTANT, *WRONG]
    subprocess.run([sys.executable, "-c", ANSWERS, json.dumps(commands)], cwd=folder, check=True, timeout=600)
    return {
        tuple(command): (
            (folder / f"{number}.said").read_text(encoding="utf-8"),
            set((folder / f"{number}.modules").read_text().split()),
        )
        for number, command in enumerate(commands)
    }


@pytest.mark.parametrize("arguments", INSTANT, ids=" ".join)
def test_instant_answers_import_nothing_heavy(arguments, answers):
    said, loaded = answers[tuple(arguments)]
    assert "seq2seq.cli" in loaded
    assert not loaded & set(HEAVY)
    assert said


@pytest.mark.parametrize("arguments", WRONG, ids=lambda arguments: " ".join(arguments[:2]))
def test_wrong_input_is_told_before_the_seconds_of_tensorflow(arguments, answers):
    said, loaded = answers[tuple(arguments)]
    assert "seq2seq.cli" in loaded
    assert not loaded & {"tensorflow", "keras", "tensorflow_text"}
    assert ("no such run" if arguments[1] == "none" else "a file of data.train.source[0] does not exist") in said


def test_help_and_configuration_errors_take_less_than_a_second(tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text("modle: {}\n", encoding="utf-8")
    for arguments in (["--help"], ["train", str(path)]):
        assert min(_seconds(arguments) for _ in range(3)) < 1.0


def _seconds(arguments: list[str]) -> float:
    """Of the wall clock, or of the processor if these are fewer: other work on the machine must not count."""
    start, started = time.perf_counter(), os.times()
    in_a_process(*arguments)
    ended = os.times()
    worked = ended.children_user - started.children_user + ended.children_system - started.children_system
    return min(time.perf_counter() - start, worked)


# --- exit codes -------------------------------------------------------------------------------------------------------


def test_version(call):
    assert call("--version") == (0, f"seq2seq {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["translat"],
        ["translate"],
        ["translate", "run", "--beams", "0"],
        ["translate", "run", "--nonsense"],
        ["average", "run", "--count", "2", "--by", "chance"],
        ["attention", "run"],
        ["serve", "export", "--batch-timeout", "inf"],
        ["serve", "export", "--timeout", "1e30"],
        ["serve", "export", "--poll-seconds", "nan"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(call, arguments):
    code, output, error = call(*arguments)
    assert (code, output) == (2, "")
    assert "Usage: seq2seq" in error
    assert "Traceback" not in error


def test_an_error_of_the_input_is_its_message_alone(call, tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text("seed: 1\nmodle: {}\n", encoding="utf-8")
    code, output, error = call("train", path, "sead=2")
    assert (code, output) == (2, "")
    assert error.splitlines() == [
        f"{path}: data: missing — nothing given — a section with train, validation",
        f"{path}: modle: unknown key — given 'modle' — did you mean 'model'?",
        "command line: sead: unknown key — given 'sead' — did you mean 'seed'?",
    ]


@pytest.mark.parametrize(
    ("raised", "code"), [(KeyboardInterrupt(), 130), (Interrupted(15), 143), (Interrupted(2), 130)]
)
def test_interruptions_have_the_exit_code_of_their_signal(call, monkeypatch, raised, code):
    def interrupted(*_, **__):
        raise raised

    monkeypatch.setattr("seq2seq.workflows.translate.translate", interrupted)
    left_with, _, error = call("translate", "run")
    assert left_with == code
    assert "interrupted" in error
    assert "Traceback" not in error


def test_a_defect_of_ours_keeps_its_traceback(monkeypatch):
    def defective(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("seq2seq.workflows.translate.translate", defective)
    monkeypatch.setattr(sys, "argv", ["seq2seq", "translate", "run"])
    with pytest.raises(ZeroDivisionError):
        main()


def test_a_reader_that_leaves_is_no_error():
    code = (
        "import sys, seq2seq.workflows.translate as module\n"
        "def endless(*_, **__):\n    while True:\n        print('line ' * 100)\n"
        "module.translate = endless\n"
        "sys.argv = ['seq2seq', 'translate', 'run']\n"
        "from seq2seq.cli import main\nmain()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        error = process.stderr.read()
        assert process.wait(60) == 141
    assert error == b""


# --- one tiny run -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """A folder with a tiny corpus, its configuration, and a run of it, trained as a user would."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "en.txt").write_text("".join(f"{line}\n" for line in ENGLISH), encoding="utf-8")
    (folder / "de.txt").write_text("".join(f"{line}\n" for line in GERMAN), encoding="utf-8")
    (folder / "tiny.yaml").write_text(TINY, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "TF_CPP_MIN_LOG_LEVEL"}
    done = in_a_process("train", "tiny.yaml", "training.checkpoints.keep_last=2", cwd=folder, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # not a word of TensorFlow's
    assert "oneDNN" not in done.stdout
    return folder


def test_a_run_trains_and_leaves_its_files(tiny):
    run = tiny / "runs" / "tiny"
    for name in (
        "config.yaml",
        "versions.json",
        "tokenizer/shared.model",
        "data.json",
        "metrics.jsonl",
        "curves.png",
        "best",
    ):
        assert (run / name).exists(), name


def test_translate_evaluate_attention_average(tiny, call, monkeypatch):
    monkeypatch.chdir(tiny)
    (tiny / "in.txt").write_bytes(
        "The dog runs.\n\n \nÀ ß 漢\nThe cat runs and runs and runs and runs and runs.".encode()
    )
    code, output, error = call("translate", "runs/tiny", "in.txt", "in.txt", "--beams", 1)
    assert code == 0
    lines = output.split("\n")
    assert len(lines) == 10 + 1
    assert lines[1] == lines[2] == ""
    assert lines[:5] == lines[5:10]
    assert "2 lines longer than the limit of 30 pieces" in error
    assert "in.txt line 5" in error

    code, output, _ = call("evaluate", "runs/tiny", "--checkpoint", "last", "--output", "scored")
    assert code == 0
    written = json.loads((tiny / "scored/scores.json").read_text(encoding="utf-8"))
    assert f"{written['bleu']:.2f}" in output
    assert written["signatures"]["chrf"] in output
    assert written["perplexity"] > 1
    assert written["lines"] == len(ENGLISH)
    hypotheses = (tiny / "scored/hypotheses.txt").read_text(encoding="utf-8")
    assert hypotheses.count("\n") == len(ENGLISH)
    assert call("evaluate", "runs/tiny", "--output", "scored")[0] == 2  # it holds scores already

    assert call("attention", "runs/tiny", "The dog runs.", "-o", "picture.png", "--beams", 1)[0] == 0
    assert (tiny / "picture.png").stat().st_size > 1000
    code, output, _ = call("attention", "runs/tiny", "The dog runs.", "--target", "Der Hund.")
    assert (code, output.splitlines()[-1].split()[0]) == (0, "</s>")

    assert call("translate", "runs/tiny", "in.txt", "--beams", 1, "--precision", "bfloat16_products")[0] == 0
    assert call("evaluate", "runs/tiny", "--precision", "bfloat16_products", "--exposure-bias")[0] == 0
    assert (tiny / "runs/tiny/evaluation/bfloat16_products").is_dir()
    if has_integer_products():
        assert call("translate", "runs/tiny", "in.txt", "--beams", 1, "--precision", "int8_products")[0] == 0
        assert call("evaluate", "runs/tiny", "--precision", "int8_products", "--exposure-bias")[0] == 0

    code, output, _ = call("average", "runs/tiny", "--count", 2)
    assert code == 0
    assert "average-best-2" in output
    files = ("--source", "en.txt", "--reference", "de.txt")
    assert call("evaluate", "runs/tiny", *files, "--checkpoint", "average-best-2", "--beams", 1)[0] == 0
    assert (tiny / "runs/tiny/evaluation/en.txt-average-best-2-beams1/scores.json").exists()


def test_scores_of_one_text_never_replace_those_of_another(tiny, call, monkeypatch, tmp_path):
    monkeypatch.chdir(tiny)
    ours = ("evaluate", "runs/tiny", "--beams", 1, "--source", "two.en", "--reference", "de.txt")
    (tiny / "two.en").write_text("".join(f"{line}\n" for line in ENGLISH), encoding="utf-8")
    scores = tiny / "runs/tiny/evaluation/two.en-beams1/scores.json"
    assert call(*ours)[0] == 0
    first = json.loads(scores.read_text(encoding="utf-8"))
    assert first["files"] == [str(tiny / "two.en"), str(tiny / "de.txt")]
    for name, source in (("two.en", tmp_path / "two.en"), ("two.en.gz", tmp_path / "two.en.gz")):
        text = "".join(f"{line}\n" for line in reversed(ENGLISH)).encode()
        source.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        other = (*ours[:4], "--source", source, "--reference", "de.txt")
        code, output, error = call(*other)
        assert (code, output) == (2, "")
        assert f"another text are there already — given {source}" in error
        assert f"those of {tiny / 'two.en'}" in error
        assert "--output" in error
    assert json.loads(scores.read_text(encoding="utf-8")) == first
    assert call(*other, "--output", tmp_path / "scored")[0] == 0
    code, output, _ = call(*ours)  # the same again
    assert code == 0
    assert f"replaced: the scores of {first['checkpoint']} on the same text" in output


def test_bad_input_to_a_run_is_refused(tiny, call, monkeypatch):
    monkeypatch.chdir(tiny)
    (tiny / "short.txt").write_text("Der Hund.\n", encoding="utf-8")
    for arguments, message in (
        (["train", "tiny.yaml"], "the run exists already"),
        (["train", "runs/tiny"], "add --resume to go on with it"),
        (["train", "runs/tony", "--resume"], "no such run — given runs/tony — did you mean 'tiny'?"),
        (
            ["train", "tony.yaml", "--resume"],
            "no such configuration file — given 'tony.yaml' — did you mean 'tiny.yaml'?",
        ),
        (["translate", "runs/tony", "en.txt"], "did you mean 'tiny'?"),
        (["translate", "runs/tiny", "en.txt", "--checkpoint", "bset"], "bset"),
        (["evaluate", "runs/tiny", "--source", "en.txt"], "--reference is missing — given 'en.txt' alone"),
        (["evaluate", "runs/tiny", "--reference", "de.txt"], "--source is missing — given 'de.txt' alone"),
        (
            ["evaluate", "runs/tiny", "--source", "en.txt", "--reference", "short.txt"],
            "given 6 in en.txt and 1 in short",
        ),
        (["evaluate", "runs/tiny", "--source", "en.txt", "--reference", "ed.txt"], "ed.txt"),
        (["attention", "runs/tiny", " ", "-o", "a.png"], "no text to translate"),
        (["attention", "runs/tiny", "The dog", "-o", "a.bmp"], "unknown picture format"),
        (["attention", "runs/tiny", "The dog", "--target", "x", "--beams", "2"], "a given target is not searched for"),
        (["translate", "runs/tiny", "en.txt", "--output-format", "plain", "--n-best", "2"], "one translation a line"),
        (["translate", "runs/tiny", "en.txt", "--alignment", "2"], "no such alignment"),
        (["average", "runs/tiny", "--count", "99"], "cannot average 99"),
    ):
        code, output, error = call(*arguments)
        assert (code, output) == (2, ""), arguments
        assert message in error
        assert "Traceback" not in error
        assert len(error.splitlines()) == 1, error


def test_a_run_is_evaluated_and_resumed_from_any_directory(tiny, call, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, output, _ = call("evaluate", tiny / "runs/tiny", "--beams", 1, "--output", "scored")
    assert (code, "lines" in output) == (0, True)
    monkeypatch.chdir(tiny / "runs/tiny")
    code, output, _ = call("train", ".", "--resume")
    assert code == 0
    assert "changed" not in output
    assert load_configuration("config.yaml").data.folder == str(tiny)  # the working directory of the start
    assert load_configuration("config.yaml").name == "tiny"


def test_a_finished_run_resumes_by_its_folder(tiny, call, monkeypatch):
    monkeypatch.chdir(tiny)
    code, output, _ = call("train", "runs/tiny", "--resume", "training.log_every_steps=9")
    assert code == 0
    assert "changed: training.log_every_steps: 50 -> 9" in output
    assert "maximum_epochs" in output
