"""What was looked at, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from service.i18n import Language, translate


class State(StrEnum):
    """`MISSING`: Clearway does not run like this. `WARNING`: it runs, and something will be regretted."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable, `part.what`; its words and what to do are `doctor.{code}` in the locales."""

    code: str
    state: State
    parameters: dict[str, Any] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """One sentence, or two: what is so, and what to do."""
        values = {
            name: value(language) if isinstance(value, Callable) else value  # type: ignore[arg-type]
            for name, value in self.parameters.items()
        }
        return translate(f"doctor.{self.code}", language, **values)


def ok(code: str, **parameters: Any) -> Finding:
    """As it should be."""
    return Finding(code, State.OK, parameters)


def warning(code: str, **parameters: Any) -> Finding:
    """Something to look at."""
    return Finding(code, State.WARNING, parameters)


def missing(code: str, **parameters: Any) -> Finding:
    """Something without which nothing works."""
    return Finding(code, State.MISSING, parameters)
