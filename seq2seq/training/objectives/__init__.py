"""What a training minimises (cross-entropy, R-Drop, distillation, minimum risk, the next token), and what it reads."""

from seq2seq.training.objectives.class_cross_entropy import ClassCrossEntropy
from seq2seq.training.objectives.consistency import ConsistentCrossEntropy
from seq2seq.training.objectives.cross_entropy import CrossEntropy
from seq2seq.training.objectives.distillation import DistilledCrossEntropy
from seq2seq.training.objectives.minimum_risk import MinimumRisk
from seq2seq.training.objectives.next_token import NextToken
from seq2seq.training.objectives.objective import Objective
from seq2seq.training.objectives.scheduled_sampling import ScheduledSampling
from seq2seq.training.objectives.tag_likelihood import TagLikelihood

__all__ = [
    "ClassCrossEntropy",
    "ConsistentCrossEntropy",
    "CrossEntropy",
    "DistilledCrossEntropy",
    "MinimumRisk",
    "NextToken",
    "Objective",
    "ScheduledSampling",
    "TagLikelihood",
]
