"""What is wrong with an object store, in the language of whoever gave its address."""

from typing import Final

from service.i18n import Language, translate
from storage.s3_findings import Findings

MOST_CLOCK_SECONDS: Final = 900
"""From here on a store refuses every signature."""


def refusal_of(findings: Findings, language: Language) -> str:
    """A sentence that says what to do; empty when nothing is wrong. Neither keys nor signatures are in it."""
    if not findings.refusal:
        return ""
    return translate(f"commands.store.{_kind(findings)}", language, reason=findings.refusal)


def _kind(findings: Findings) -> str:
    if not findings.reachable:
        return "silent"
    if abs(findings.clock_seconds or 0) >= MOST_CLOCK_SECONDS:
        return "clock_off"
    if findings.refuses_second_write is False:
        return "overwrites"
    if findings.locks is False:
        return "unlocked"
    if "(403)" in findings.trouble:
        return "keys_refused"
    return "unusable"
