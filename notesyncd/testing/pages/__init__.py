"""Drawn pages whose words, boxes and tables are known exactly: what tests, benchmarks and samples read."""

from notesyncd.testing.pages.effects import CLEAN, PHOTO, POOR_PHOTO, SCAN, EffectName, Effects
from notesyncd.testing.pages.files import save_page, save_pdf
from notesyncd.testing.pages.fonts import Fonts, Hand
from notesyncd.testing.pages.marks import mark_text, render_marked_page
from notesyncd.testing.pages.page import DrawnPage, empty_page, render_page
from notesyncd.testing.pages.paper import InkName, PaperName, Sheet
from notesyncd.testing.pages.truth import CellTruth, LineTruth, PageTruth, TableTruth, WordTruth

__all__ = [
    "CLEAN",
    "PHOTO",
    "POOR_PHOTO",
    "SCAN",
    "CellTruth",
    "DrawnPage",
    "EffectName",
    "Effects",
    "Fonts",
    "Hand",
    "InkName",
    "LineTruth",
    "PageTruth",
    "PaperName",
    "Sheet",
    "TableTruth",
    "WordTruth",
    "empty_page",
    "mark_text",
    "render_marked_page",
    "render_page",
    "save_page",
    "save_pdf",
]
