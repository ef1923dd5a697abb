"""Writes support tickets out of templates for each team (`templates.tsv`) and words for their {slots} (`words.tsv`).

Synthetic on purpose: real tickets belong to the people who wrote them. What is learned from it is measured on `held_out.tsv`,
which was written by hand and shares no template with them.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

SLOT = re.compile(r"\{(\w+)\}")

OPENINGS = ["", "", "", "Hello, ", "Hi, ", "Good morning, ", "Hi team, ", "Dear support, ", "Sorry, but "]
CLOSINGS = [
    "",
    "",
    "",
    "",
    " Thanks.",
    " Please help.",
    " What should I do?",
    " Can you look into it?",
    " This is urgent.",
    " Thank you in advance.",
]


def table(name: str) -> dict[str, list[str]]:
    """The second column of a file beside this one, by the first."""
    grouped: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines():
        key, entry = line.split("\t")
        grouped.setdefault(key, []).append(entry)
    return grouped


WORDS = table("words.tsv")
TEMPLATES = table("templates.tsv")


def sentence(templates: Sequence[str], rng: np.random.Generator) -> str:
    """One ticket: a template with its slots filled, sometimes with a greeting before and a plea behind."""

    def pick(options: Sequence[str]) -> str:
        return options[rng.integers(len(options))]

    body = SLOT.sub(lambda match: pick(WORDS[match[1]]), pick(templates))
    text = pick(OPENINGS) + body
    return text[0].upper() + text[1:] + pick([".", ".", "", "!", "?"]) + pick(CLOSINGS)


def corpus(per_team: int, seed: int) -> tuple[list[str], list[str]]:
    """`per_team` different tickets for each team, and the team of each."""
    rng = np.random.default_rng(seed)
    texts: list[str] = []
    teams: list[str] = []
    for team, templates in TEMPLATES.items():
        made: dict[str, None] = {}
        while len(made) < per_team:
            made[sentence(templates, rng)] = None
        texts += made
        teams += [team] * per_team
    return texts, teams
