"""Trains one configuration twice: undisturbed, and in child processes that are killed. Run as a program.

    python killed_trainings.py CONFIG FOLDER SEED KILLS

The runs lie in FOLDER/whole and FOLDER/killed, their output beside them.

TensorFlow takes seconds to import, so it is imported once, and each training is a fork made before TensorFlow has
started a thread. Every second kill waits until a checkpoint is being written; the others come at random moments.
"""

from __future__ import annotations

import glob
import os
import random
import signal
import sys
import time
from pathlib import Path

import tensorflow  # noqa: F401

import seq2seq.workflows.tasks.translation_trainer  # noqa: F401
from seq2seq.config import load_configuration
from seq2seq.workflows.train import train


def spawn(config: str, folder: str) -> int:
    """Starts a training that resumes what there is; its output goes to FOLDER.log."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        output = os.open(f"{folder}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        train(load_configuration(config), folder, resume=True)
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def running(child: int) -> bool:
    """Whether the child lives; a child that failed by itself ends this program."""
    found, status = os.waitpid(child, os.WNOHANG)
    if found and status:
        raise SystemExit(f"the training ended with status {status}")
    return not found


def kill(child: int, number: int, folder: Path) -> str | None:
    """Kills a training at a moment of its own; None if it came to its end before."""
    until_write = number % 2 == 0
    before = checkpoints(folder, "step-*")
    while running(child):
        # No kill before one new checkpoint, so that every life gets further than the one before.
        if checkpoints(folder, "step-*") - before:
            break
        time.sleep(0.01)
    deadline = time.monotonic() + random.uniform(0.0, 0.5)
    while running(child):
        writing = checkpoints(folder, ".new-*")
        if writing if until_write else time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "while writing " + Path(min(writing)).name if writing else "between checkpoints"
        time.sleep(0.0005)
    return None


def checkpoints(folder: Path, name: str) -> set[str]:
    """The checkpoints of a run in the folder whose names match.

    By `glob`, which passes over folders that vanish meanwhile; `Path.glob` may raise when a new run's takes its name.
    """
    return set(glob.glob(f"{glob.escape(str(folder))}/*/checkpoints/{name}"))


def main() -> None:
    config, folder, seed, kills = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    random.seed(seed)
    whole, killed = folder / "whole", folder / "killed"
    finish(spawn(config, str(whole)))
    for number in range(kills):
        moment = kill(spawn(config, str(killed)), number, killed)
        if moment is None:
            raise SystemExit(f"only {number} kills before the end: make the training longer")
        print("killed", moment, flush=True)
    finish(spawn(config, str(killed)))


def finish(child: int) -> None:
    """Waits for a training that nobody kills."""
    while running(child):
        time.sleep(0.01)


if __name__ == "__main__":
    main()
