"""The two themes of our own. Every text colour keeps a contrast of 4.5 : 1 on every ground it stands on (WCAG AA)."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="tuimail-dark",
    primary="#6f9ff2",
    secondary="#7fc8a9",
    accent="#8fb8ff",
    warning="#e6b860",
    error="#ff8a8f",
    success="#8fd19e",
    foreground="#dfe2ea",
    background="#14161b",
    surface="#1a1d24",
    panel="#242832",
    dark=True,
    variables={
        "text-accent": "#9cc0ff",
        "text-warning": "#efc678",
        "text-error": "#ffa0a4",
        "text-muted": "#a3a9b8",
        "scrollbar": "#343a48",
        "scrollbar-hover": "#465064",
        "scrollbar-active": "#6f9ff2",
        "scrollbar-background": "#1a1d24",
        "scrollbar-background-hover": "#1a1d24",
        "scrollbar-background-active": "#1a1d24",
        "border": "#3a4150",
        "border-blurred": "#2d323d",
        "input-selection-background": "#3d5f9e",
        "screen-selection-background": "#3d5f9e",
    },
)

LIGHT = Theme(
    name="tuimail-light",
    primary="#2f66c4",
    secondary="#1f7a57",
    accent="#1f55b5",
    warning="#8f5b00",
    error="#b3202c",
    success="#1f7a3c",
    foreground="#1a1d23",
    background="#fbfaf8",
    surface="#f3f1ed",
    panel="#e7e4de",
    dark=False,
    variables={
        "text-accent": "#1c4fa8",
        "text-warning": "#7d4f00",
        "text-error": "#a11a26",
        "text-muted": "#4f545e",
        "scrollbar": "#cfcac1",
        "scrollbar-hover": "#b3ada2",
        "scrollbar-active": "#2f66c4",
        "scrollbar-background": "#f3f1ed",
        "scrollbar-background-hover": "#f3f1ed",
        "scrollbar-background-active": "#f3f1ed",
        "border": "#c4bfb5",
        "border-blurred": "#d8d4cc",
        "input-selection-background": "#b9cdf2",
        "screen-selection-background": "#b9cdf2",
    },
)

THEMES = (DARK, LIGHT)

OFFERED = ("tuimail-dark", "tuimail-light", "ansi-dark", "ansi-light")
"""What the palette offers: ours, and the colours of the reader's own terminal."""
