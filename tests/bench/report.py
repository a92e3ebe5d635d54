"""The figures of a run: printed as they come, and written as JSON in the end."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the bench.

    `value` is what was measured and `limit` what it is measured against (the sink, the decode, the bound), both in
    `unit`; `ratio` is value / limit, or `paired_ratio` where both were measured in turns; `goal` is the ratio wanted.
    A figure without a goal is for reading only.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    goal: float | None = None
    better: Literal["lower", "higher"] = "lower"
    paired_ratio: float | None = None

    @property
    def ratio(self) -> float | None:
        if self.paired_ratio is not None:
            return self.paired_ratio
        return self.value / self.limit if self.limit else None

    @property
    def verdict(self) -> str:
        """`met`, `short`, or nothing where no goal is set."""
        if self.goal is None or self.ratio is None:
            return ""
        reached = self.ratio <= self.goal if self.better == "lower" else self.ratio >= self.goal
        return "met" if reached else "short"


@dataclass
class Report:
    """Collects figures and prints each at once."""

    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, figure: Figure) -> None:
        if not self.figures:
            print(f"{'figure':<64}{'value':>12}{'limit':>12} {'unit':<9}{'ratio':>8}{'goal':>9}  verdict")
        self.figures.append(figure)
        limit = "" if figure.limit is None else f"{figure.limit:.2f}"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.3f}"
        sign = "<=" if figure.better == "lower" else ">="
        goal = "" if figure.goal is None else f"{sign} {figure.goal:.2f}"
        print(
            f"{figure.name:<64}{figure.value:>12.2f}{limit:>12} {figure.unit:<9}{ratio:>8}{goal:>9}  {figure.verdict}",
            flush=True,
        )

    def note(self, text: str) -> None:
        """A remark on how a figure came about."""
        self.notes.append(text)
        print(f"  {text}", flush=True)

    def write_json(self, path: Path) -> None:
        figures = [asdict(figure) | {"ratio": figure.ratio, "verdict": figure.verdict} for figure in self.figures]
        path.write_text(json.dumps({"figures": figures, "notes": self.notes}, indent=2) + "\n")
