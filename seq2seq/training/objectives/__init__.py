"""What a training minimises, and what it reads: cross-entropy, R-Drop's consistency, scheduled sampling."""

from seq2seq.training.objectives.consistency import ConsistentCrossEntropy
from seq2seq.training.objectives.cross_entropy import CrossEntropy
from seq2seq.training.objectives.objective import Objective
from seq2seq.training.objectives.scheduled_sampling import ScheduledSampling

__all__ = ["ConsistentCrossEntropy", "CrossEntropy", "Objective", "ScheduledSampling"]
