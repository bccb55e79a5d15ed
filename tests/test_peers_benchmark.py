"""The benchmark against other toolkits, as far as it runs without them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seq2seq.config.schema import Model
from seq2seq.errors import DataError
from seq2seq.ops.integers import has_integer_products
from tests.tiny_run import sentences

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PAD, BEGIN, END = 0, 2, 3


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


# --- arguments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "words", "message"),
    [
        ("peers_training", ["--only", "marian"], "no such system"),
        ("peers_training", ["--units", "7"], "two directions share the units"),
        ("peers_training", ["--rounds", "0"], "not a positive number"),
        ("peers_training", ["--encoder", "none"], "invalid choice"),
        ("peers_translation", ["--length", "-1"], "no negative length"),
        ("peers_translation", ["--only", "seq2seq, float16"], "no such system"),
    ],
)
def test_wrong_arguments_are_told_before_anything_is_installed(command, words, message, monkeypatch, capsys):
    module = __import__(command)
    monkeypatch.setattr(sys, "argv", [command, "--text", "nowhere", *words])
    with pytest.raises(SystemExit) as ending:
        module.parse_arguments()
    assert ending.value.code == 2
    assert message in capsys.readouterr().err


def test_systems_are_chosen_by_the_beginnings_of_their_names():
    from peers.systems import TRAINING, TRANSLATION, chosen

    names = [system.name for system in chosen(TRAINING, ["opennmt", "seq2seq, b"])]
    assert names == ["seq2seq, bfloat16_products", "OpenNMT-py", "OpenNMT-tf"]
    assert chosen(TRANSLATION, None) == list(TRANSLATION)


def test_a_model_that_several_translate_with_is_trained_in_float32(tmp_path, monkeypatch):
    import peers_translation
    from peers.systems import TRANSLATION

    trained = []

    def run_job(system, job, *_):
        trained.append(job)
        Path(job.folder).mkdir(parents=True)

    monkeypatch.setattr(peers_translation, "run_job", run_job)
    monkeypatch.setattr(sys, "argv", ["peers_translation", "--text", "text", "--folder", str(tmp_path)])
    arguments, _ = peers_translation.parse_arguments()
    for system in reversed([one for one in TRANSLATION if one.model == "seq2seq"]):
        peers_translation.trained(system, arguments, tmp_path)
    assert [job.options["precision"] for job in trained] == ["float32"]


def test_missing_text_is_one_message_and_code_2(tmp_path):
    call = [
        sys.executable,
        BENCHMARKS / "peers_training.py",
        "--text",
        tmp_path,
        "--folder",
        tmp_path / "cache",
        "--no-parts",
    ]
    found = subprocess.run(call, capture_output=True, text=True)
    assert found.returncode == 2
    assert "one file train.en" in found.stderr
    assert "Traceback" not in found.stderr


# --- counting and timing ----------------------------------------------------------------------------------------------


def test_only_pieces_of_the_text_count():
    from peers.measured import count_pieces

    ids = np.array([[BEGIN, 5, 9, END, PAD], [BEGIN, 1, END, PAD, PAD]])
    assert count_pieces(ids, (PAD, BEGIN, END)) == 3  # 7 are no padding; 1 is an unknown piece, but a piece


def test_the_clock_leaves_the_warm_up_out_and_times_what_is_between_steps(monkeypatch):
    from peers import measured

    now = {"wall": 0.0, "cpu": 0.0}
    monkeypatch.setattr(measured.time, "perf_counter", lambda: now["wall"])
    monkeypatch.setattr(measured.time, "process_time", lambda: now["cpu"])
    clock = measured.StepClock(warm_up=2)
    for pieces, seconds in ((7, 100.0), (6, 50.0), (5, 2.0), (4, 1.0)):
        clock.batch(np.full(pieces, 9), ())
        now["wall"] += seconds
        now["cpu"] += 2 * seconds
        clock.step_ended()
    assert clock.reading() == {"steps": 2, "pieces": 9, "seconds": 3.0, "cpu_seconds": 6.0}


def test_an_adapter_that_counts_nothing_is_found_out():
    from peers.measured import StepClock

    clock = StepClock(warm_up=1)
    for _ in range(3):
        clock.step_ended()
    with pytest.raises(RuntimeError, match="no piece was counted in 2 timed steps of 3"):
        clock.reading()


def test_a_translation_is_timed_on_all_lines_after_two_batches():
    from peers.job import Condition
    from peers.measured import time_translation

    calls = []

    def translate(lines):
        calls.append(len(lines))
        return [line.split() for line in lines]

    reading = time_translation(translate, ["a b c", "d", "e f", "g h", "i"], Condition(beams=1, batch=1, lines=4))
    assert calls == [2, 4]
    assert (reading["lines"], reading["pieces"]) == (4, 8)
    with pytest.raises(RuntimeError, match="1 translations of 2 lines"):
        time_translation(lambda lines: lines[:1], ["a", "b"], Condition(beams=1, batch=1, lines=2))


def test_lines_are_the_same_as_text_and_pieces_from_all_over_and_shortest_first(tmp_path):
    from peers.job import Job, Shape
    from peers.measured import test_lines as lines_of

    job = Job("translate", "ours", {}, "model", str(tmp_path), Shape())
    for folder, lines in (("pieces", "▁a a a\n▁b \u2028\n▁c\n▁d\n▁e\n"), ("plain", "aaa\nb\u2028\nc\nd\ne\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "test.source").write_text(lines, encoding="utf-8")
    assert lines_of(job, "pieces", 2) == ["▁c", "▁a a a"]
    assert lines_of(job, "plain", 2) == ["c", "aaa"]
    assert lines_of(job, "plain", 9) == ["c", "d", "e", "b\u2028", "aaa"]


# --- tables -----------------------------------------------------------------------------------------------------------


def test_the_ratio_is_of_medians_and_its_spread_of_rounds():
    from peers.tables import ratio

    ours, theirs = [10.0, 40.0, 30.0, None], [5.0, 10.0, 30.0, 1.0]
    # The mean of the ratios is 2.33, the ratio of the means 1.78; the round without ours has none.
    assert str(ratio(ours, theirs)) == "4.00 (1.00 to 4.00)"
    assert str(ratio([8.0, None], [None, 4.0])) == "2.00"


def test_all_are_held_against_the_peer_with_the_highest_median():
    from peers.tables import fastest, speed_cells

    speeds = {"ours": [90.0, 99.0], "steady": [20.0, 24.0], "lucky": [1.0, 25.0], "absent": [None, None]}
    assert fastest(speeds, ["steady", "lucky", "absent"]) == "steady"
    assert fastest(speeds, ["absent"]) is None
    assert speed_cells(speeds, "ours", "steady", 1) == ["94.5 (90.0 to 99.0)", "4.30 (4.12 to 4.50)"]
    assert speed_cells(speeds, "absent", "steady") == ["–", "–"]


def test_the_training_table_tells_speeds_differences_and_parts(tmp_path):
    import peers_training
    from peers.rounds import Results

    results = Results(tmp_path / "results.json", {**SETTINGS, "steps": 3, "warm_up": 1})
    for number, (ours, theirs) in enumerate([(40, 10), (30, 12)]):
        for name, pieces in (("seq2seq, float32", ours), ("JoeyNMT", theirs)):
            reading = {"pieces": pieces, "seconds": 0.5, "cpu_seconds": 2.0, "peak_memory": 700.4, "weights": 2_600_000}
            results.put(number, name, reading)
    peak = {"wall": 4e9, "cpu": 2e9}
    part = {"precision": "float32", "part": "encoder", "operations": 10**9, "wall": 0.5, "cpu": 1.0}
    results.facts["parts"] = {"peaks": {"float32": peak}, "pieces": 16, "parts": [part]}
    lines = peers_training.table(results).splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")]
    assert rows[1][:7] == [
        *("seq2seq, float32", "70 (60 to 80)", "3.18 (2.50 to 4.00)"),
        *("18 (15 to 20)", "3.18 (2.50 to 4.00)", "700", "2.6"),
    ]
    assert rows[2][0] == "JoeyNMT"
    assert "two bidirectional layers of 4 units each way" in rows[2][-1]
    assert rows[-1] == ["encoder, float32", "1.0", "500", "50%", "1,000", "50%"]


def test_the_translation_table_has_a_part_for_each_condition(tmp_path):
    import peers_translation
    from peers.rounds import Results

    settings = {**SETTINGS, "length": 5, "longest": 9, "training_steps": 2}
    results = Results(tmp_path / "results.json", settings)
    for name, seconds in (("seq2seq, float32", 0.25), ("OpenNMT-py", 2.0)):
        reading = {"lines": 4, "pieces": 20, "seconds": seconds, "cpu_seconds": seconds}
        conditions = {"greedy, batch 1": reading, "beam 5, batch 64": {**reading, "seconds": 4 * seconds}}
        results.put(0, name, {"conditions": conditions, "load_seconds": 1.04, "peak_memory": 512.0})
    text = peers_translation.table(results)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]
    assert [row[0] for row in rows if "lines/s" in row] == ["greedy, batch 1", "beam 5, batch 64"]
    assert rows[4][:4] == ["seq2seq, float32", "4.0", "8.00 (8.00 to 8.00)", "16.0"]
    assert rows[5][5:8] == ["5.0", "512", "1.0"]


SETTINGS = {
    "threads": 2,
    "encoder": "first",
    "units": 8,
    "vocabulary": 90,
    "batch": 4,
    "torch": "torch",
    "languages": ["en", "de"],
    "text": "text",
}


# --- rounds -----------------------------------------------------------------------------------------------------------


def test_rounds_alternate_and_what_is_done_is_not_repeated(tmp_path):
    from peers.rounds import Results, alternate
    from peers.systems import System

    path = tmp_path / "results.json"
    systems = [System("A", "a"), System("B", "b")]
    calls = []

    def measure(system, number):
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append((number, system.name))
        return {"call": len(calls)}

    with pytest.raises(KeyboardInterrupt):
        alternate(systems, 2, Results(path, {"steps": 3}), measure, lambda: None)
    assert calls == [(0, "A"), (0, "B"), (1, "A")]
    calls.clear()
    alternate(systems, 2, Results(path, {"steps": 3}), measure, lambda: None)
    assert calls == [(1, "B")]
    assert json.loads(path.read_text())["rounds"] == [
        {"A": {"call": 1}, "B": {"call": 2}},
        {"A": {"call": 3}, "B": {"call": 1}},
    ]


def test_readings_of_other_settings_are_not_mixed(tmp_path):
    from peers.rounds import Results, ResultsError

    path = tmp_path / "results.json"
    Results(path, {"steps": 3, "units": 8}).put(0, "A", {})
    with pytest.raises(ResultsError, match="steps 3, now 4 — give another --results"):
        Results(path, {"steps": 4, "units": 8})
    path.write_text('{"rounds": []}')
    with pytest.raises(ResultsError, match="not results of this benchmark"):
        Results(path, {"steps": 3, "units": 8})


def test_a_worker_that_fails_is_told_with_its_log(tmp_path):
    from peers.job import Job, Shape
    from peers.rounds import ResultsError, run_job
    from peers.systems import System

    system = System("Nobody", "opennmt_py")
    job = Job("fly", "opennmt_py", {}, str(tmp_path), str(tmp_path), Shape())
    with pytest.raises(ResultsError, match=r"(?s)has no attribute 'fly'.*Nobody failed with code 1 — its log is"):
        run_job(system, job, tmp_path, "torch", tmp_path / "logs")


def test_a_job_arrives_as_it_was_sent(tmp_path):
    from peers.job import Condition, Job, Shape

    shape = Shape(units=8, encoder="all")
    job = Job("translate", "ours", {"by": "run"}, "model", "text", shape, conditions=[Condition(5, 64, 9)], length=7)
    job.write(tmp_path / "job.json")
    assert Job.read(tmp_path / "job.json") == job
    assert job.shortest_and_longest == (7, 7)


# --- environments -----------------------------------------------------------------------------------------------------


def test_an_environment_is_made_once_and_a_half_made_one_anew(tmp_path, monkeypatch):
    from peers import environments
    from peers.systems import PEERS

    commands = []

    def run(command, what):
        commands.append([str(word) for word in command])
        if "venv" in command:
            Path(command[-1]).mkdir()

    monkeypatch.setattr(environments, "_run", run)
    monkeypatch.setattr(environments, "_versions", lambda python: ["torch==9"])
    monkeypatch.setattr(environments, "find_python", lambda version: f"python{version}")
    peer = next(system for system in PEERS if system.name == "OpenNMT-py")
    python = environments.python_of(peer, tmp_path, "torch==9")
    place = python.parents[1]
    assert [command[:2] for command in commands] == [["python3.11", "-m"], *[[str(python), "-m"]] * 2]
    assert "torch==9" in commands[1]
    assert commands[2][-2:] == ["--no-deps", "OpenNMT-py==3.5.1"]
    assert environments.python_of(peer, tmp_path, "torch==9") == python
    assert len(commands) == 3
    assert environments.python_of(peer, tmp_path, "torch==8") != python
    (place / environments.MARK).unlink()
    (place / "rubbish").touch()
    environments.python_of(peer, tmp_path, "torch==9")
    assert not (place / "rubbish").exists()
    assert len(commands) == 9


def test_a_python_that_is_nowhere_is_told(monkeypatch):
    from peers import environments

    assert environments.find_python(f"{sys.version_info.major}.{sys.version_info.minor}") == sys.executable
    monkeypatch.setattr(environments.shutil, "which", lambda name: None)
    with pytest.raises(environments.InstallationError, match=r"needs Python 2\.1 — found none"):
        environments.find_python("2.1")


def test_peers_do_not_see_this_toolkit(monkeypatch):
    from peers.environments import worker_environment
    from peers.systems import TRAINING

    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    for system in TRAINING:
        environment = worker_environment(system, 2)
        paths = environment["PYTHONPATH"].split(":")
        assert paths == [str(BENCHMARKS), *([] if system.peer else [str(BENCHMARKS.parent)])]
        assert environment["OMP_NUM_THREADS"] == environment["TF_NUM_INTRAOP_THREADS"] == "2"


def test_every_adapter_says_what_it_needs_and_how_its_model_differs():
    from peers.job import ENCODERS, Shape
    from peers.systems import PEERS, TRAINING

    for encoder in ENCODERS:
        assert all(system.module.differences(Shape(encoder=encoder)) for system in TRAINING)
    for system in PEERS:
        assert any("==" in name for name in (*system.module.REQUIREMENTS, *system.module.WITHOUT_DEPENDENCIES))


# --- text -------------------------------------------------------------------------------------------------------------


def write_text(folder: Path, **changed: list[str]) -> Path:
    folder.mkdir(exist_ok=True)
    for part, seed, count in (("train", 1, 120), ("val", 2, 7), ("test_2016", 3, 9)):
        for language in ("en", "de"):
            lines = changed.get(f"{part}_{language}", sentences(seed, count))
            (folder / f"{part}.{language}").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def test_all_are_given_the_same_lines_and_pieces(tmp_path):
    from peers.text import prepare_text

    lines = sentences(1, 118)
    text = write_text(tmp_path / "text", train_en=[*lines, "", "the " * 101], train_de=[*lines, "a", "a"])
    folder = prepare_text(text, ("en", "de"), tmp_path / "cache", 67)
    for part, count in (("train", 118), ("valid", 7), ("test", 9)):
        for side in ("source", "target"):
            plain = (folder / "plain" / f"{part}.{side}").read_text().splitlines()
            pieces = [line.split(" ") for line in (folder / "pieces" / f"{part}.{side}").read_text().splitlines()]
            assert len(plain) == len(pieces) == count
            assert ["".join(line).replace("▁", " ").strip() for line in pieces] == plain
    vocabulary = (folder / "vocabulary.txt").read_text().splitlines()
    assert len(vocabulary) == 67 - 4
    assert not {"<pad>", "<unk>", "<s>", "</s>"} & set(vocabulary)
    before = (folder / "facts.json").stat().st_mtime_ns
    prepare_text(text, ("en", "de"), tmp_path / "cache", 67)
    assert (folder / "facts.json").stat().st_mtime_ns == before


def test_text_that_does_not_fit_is_refused(tmp_path):
    from peers.text import prepare_text

    with pytest.raises(DataError, match="valid differ — given 7 and 3 lines"):
        prepare_text(write_text(tmp_path / "a", val_de=["a"] * 3), ("en", "de"), tmp_path / "cache", 67)
    with pytest.raises(DataError, match="empty line in the test text — given line 2"):
        prepare_text(
            write_text(tmp_path / "b", test_2016_en=["a", " ", *"b" * 7]), ("en", "de"), tmp_path / "cache", 67
        )
    (tmp_path / "b" / "test_2017.en").touch()
    with pytest.raises(DataError, match=r"one file test\*\.en, plain or \.gz — found 2"):
        prepare_text(tmp_path / "b", ("en", "de"), tmp_path / "cache", 67)


# --- all of it, without peers -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_this_toolkit_is_measured_by_both_commands(tmp_path):
    text = write_text(tmp_path / "text")
    sizes = ["--units", "8", "--vocabulary", "67", "--batch", "4", "--rounds", "1"]
    common = ["--text", text, "--folder", tmp_path / "cache", *sizes]
    exact, rounded, integers = (f"seq2seq, {name}" for name in ("float32", "bfloat16_products", "int8_products"))
    here = [exact, rounded, *([integers] if has_integer_products() else [])]

    def run(command, *words):
        found = subprocess.run([sys.executable, BENCHMARKS / command, *common, *words], capture_output=True, text=True)
        assert found.returncode == 0, found.stdout + found.stderr
        return found.stdout

    out = run("peers_training.py", "--steps", "3", "--warm-up", "2", "--only", "seq2seq")
    readings = json.loads((tmp_path / "cache" / "training.json").read_text())["rounds"][0]
    assert {reading["steps"] for reading in readings.values()} == {3}
    assert out.count("| seq2seq, ") == 2
    assert out.count("| whole step, ") == 2
    few = ("--length", "5", "--training-steps", "3", "--lines", "9", "--single-lines", "3")
    out = run("peers_translation.py", *few, "--only", *here, "seq2seq, export")
    readings = json.loads((tmp_path / "cache" / "translation-5.json").read_text())["rounds"][0]
    others = {*(f"{name}, shortlist" for name in here[1:]), *(f"{name}, one batch at a time" for name in here[2:])}
    assert set(readings) == {*here, *others, "seq2seq, export"}
    for reading in readings.values():
        assert {one["pieces"] / one["lines"] for one in reading["conditions"].values()} == {5.0}
    assert out.count("training seq2seq for 3 steps") == 1


def test_operations_are_counted_for_each_part():
    import training_step
    from peers.job import Shape
    from peers.ours import model_section

    positions, units = 15, 8
    model = training_step.build(Model.model_validate(model_section(Shape(units, "first", 61, 3))), 61, "float32")
    assert training_step.operations_of_parts(model, 61, 3, 5) == {
        # Both directions and the forward layer, which reads both.
        "encoder": 6 * positions * 4 * (2 * units * 16 + units * 24),
        "decoder": 6 * positions * 4 * 2 * units * 16,
        # W_q, W_k and the attentional matrix; scores and contexts.
        "attention": 6 * (positions * (2 * units * units + 16 * units) + 2 * positions * 5 * units),
        "vocabulary and loss": 6 * positions * units * 61,
    }
