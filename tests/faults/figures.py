"""How long recovery took: `FAULTS_FIGURES=file` keeps a line for each fault, for the table in docs/faults.md."""

import os
from pathlib import Path

from tests.faults.senders import Told


def note(fault: str, *, recovery_seconds: float | None = None, told: Told | None = None) -> None:
    """Writes the line down when somebody wants it."""
    if path := os.environ.get("FAULTS_FIGURES"):
        refusals = ", ".join(f"{what} x{count}" for what, count in sorted(told.refusals.items())) if told else ""
        kept = f"{len(told.kept)} photos kept" if told else ""
        with Path(path).open("a", encoding="utf-8") as file:
            recovery = "" if recovery_seconds is None else f"{recovery_seconds:.2f} s"
            file.write(f"{fault}\t{recovery}\t{kept}\t{refusals}\n")
