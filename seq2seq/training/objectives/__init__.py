"""What a training minimises: cross-entropy with or without R-Drop's consistency."""

from seq2seq.training.objectives.consistency import ConsistentCrossEntropy
from seq2seq.training.objectives.cross_entropy import CrossEntropy
from seq2seq.training.objectives.objective import Objective

__all__ = ["ConsistentCrossEntropy", "CrossEntropy", "Objective"]
