"""Pictures: training curves and attention heat maps. Drawn on matplotlib's `Figure` alone, so no display is needed."""

from seq2seq.visualize.attention import draw_attention
from seq2seq.visualize.curves import draw_curves

__all__ = ["draw_attention", "draw_curves"]
