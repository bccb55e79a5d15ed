"""The report of an evaluation: one HTML file that needs no network, made of plain data."""

from seq2seq.report.data import AttentionMap, Distribution, ReportData, Sentence, SentenceOutput
from seq2seq.report.page import render_report

__all__ = ["AttentionMap", "Distribution", "ReportData", "Sentence", "SentenceOutput", "render_report"]
