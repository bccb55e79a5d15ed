"""Pictures: training curves and attention heat maps, these as text too.

They are drawn on matplotlib's `Figure` alone, so no display is needed.
"""

from seq2seq.visualize.attention import draw_attention
from seq2seq.visualize.attention_text import attention_text
from seq2seq.visualize.curves import draw_curves

__all__ = ["attention_text", "draw_attention", "draw_curves"]
