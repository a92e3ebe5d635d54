"""The page of figures as Prometheus reads it, through the front door."""

from collections.abc import Mapping

import httpx
from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a-token-for-prometheus"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Figures:
    """What one scrape saw."""

    def __init__(self, page: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(page)}
        self._samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        """The value of one series; 0 for one that is not there yet, as counters begin."""
        return self._samples.get((f"clearway_{name}", frozenset(labels.items())), 0.0)

    def has(self, name: str, **labels: str) -> bool:
        """Whether there is such a series."""
        return (f"clearway_{name}", frozenset(labels.items())) in self._samples

    def labels(self) -> Mapping[str, set[str]]:
        """Every value of every label."""
        found: dict[str, set[str]] = {}
        for _, labels in self._samples:
            for label, value in labels:
                found.setdefault(label, set()).add(value)
        return found


async def scrape(client: httpx.AsyncClient) -> Figures:
    """One scrape by whoever has the token."""
    answer = await client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return Figures(answer.text)
