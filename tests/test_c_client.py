"""The export answers a C program through TensorFlow's C API, without Python, as the run itself answers."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

SOURCE = Path(__file__).parent / "c_client" / "translate.c"
LIBRARIES = ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")
LINES = [
    "the man rides a red bike.",
    "",
    "a woman sees",
    " \t\u3000",
    "Zwölf Köche — 日本語 🙂 и русский",
    "the dog reads under a green bike and the cat sees a man in the old dog.",  # longer than the limit of pieces
    "nul\x00inside",
    "the man rides a red bike.",
]


def package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        pytest.skip(f"{name} is not installed")
    return Path(spec.origin).parent


@pytest.fixture(scope="module")
def sentencepiece_library() -> Path:
    library = package_folder("tensorflow_text") / "python" / "ops" / "_sentencepiece_tokenizer.so"
    if not library.is_file():
        pytest.skip(f"tensorflow_text has no {library.name} here")
    return library


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    """The C program, built by the line in docs/export.md, with every warning an error."""
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("no gcc: the C program cannot be built")
    tensorflow = package_folder("tensorflow")
    missing = [name for name in LIBRARIES if not (tensorflow / name).is_file()]
    if missing:
        pytest.skip(f"this TensorFlow has no {', '.join(missing)}: there is nothing to link with")
    built = tmp_path_factory.mktemp("c_client") / "translate"
    command = [gcc, "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", str(SOURCE), "-o", str(built)]
    command += [f"-I{tensorflow / 'include'}", f"-L{tensorflow}", *(f"-l:{name}" for name in LIBRARIES)]
    done = subprocess.run([*command, f"-Wl,-rpath,{tensorflow}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return built


def ask(program: Path, *arguments: Path, lines: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs the program where nothing of this process is known, and no GPU seen."""
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run([program, *arguments], input=lines, capture_output=True, env=environment, cwd="/")


def test_c_answers_as_the_run_does(program, sentencepiece_library, exported, translator):
    text = "".join(f"{line}\n" for line in LINES).encode()
    done = ask(program, exported / "1", sentencepiece_library, lines=text)
    assert done.returncode == 0, done.stderr.decode()
    answers = [line.split("\t") for line in done.stdout.decode().removesuffix("\n").split("\n")]
    expected = translator.translate(LINES)
    assert [translation for translation, _ in answers] == [one.text for one in expected]
    np.testing.assert_allclose([float(score) for _, score in answers], [one.score for one in expected], atol=1e-4)
    assert answers[1] == ["", "0.000000"]
    assert len({one.text for one in expected}) >= 5  # else any order would do

    # The last line needs no end, and no lines are no answers.
    assert ask(program, exported / "1", sentencepiece_library, lines=text[:-1]).stdout == done.stdout
    nothing = ask(program, exported / "1", sentencepiece_library)
    assert (nothing.returncode, nothing.stdout) == (0, b"")


def test_c_says_what_is_wrong(program, sentencepiece_library, exported, tmp_path):
    for arguments, message in (
        ((exported, sentencepiece_library), "the export cannot be loaded"),  # the folder above the version
        ((tmp_path / "nowhere", sentencepiece_library), "the export cannot be loaded"),
        ((exported / "1", tmp_path / "nowhere.so"), "TensorFlow Text cannot be loaded"),
    ):
        done = ask(program, *arguments, lines=b"the man\n")
        assert done.returncode == 1
        assert done.stdout == b""
        assert message in done.stderr.decode()
        assert f"given {arguments[0] if 'export' in message else arguments[1]}" in done.stderr.decode()
    assert ask(program, exported / "1").returncode == 2
    assert b"usage:" in ask(program).stderr
