"""Times what this process asks of its parts, as a figure and, when somebody collects them, as a span."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from service.telemetry import metrics, traces


@contextmanager
def store(operation: str) -> Iterator[Callable[[str], None]]:
    """One operation of the store. What it yields is told the name of an error, if it is the store's."""

    def failed(error: str) -> None:
        metrics.STORE_FAILURES.labels(operation, error).inc()

    began = perf_counter()
    with traces.span(f"store.{operation}"):
        try:
            yield failed
        finally:
            metrics.STORE_SECONDS.labels(operation).observe(perf_counter() - began)


@contextmanager
def database(pool: str, failures: tuple[type[Exception], ...]) -> Iterator[Callable[[], None]]:
    """One use of a connection of this pool. What it yields is called when there is one to use."""
    began = perf_counter()
    acquired = False

    def is_acquired() -> None:
        nonlocal began, acquired
        now = perf_counter()
        metrics.DATABASE_WAIT_SECONDS.labels(pool).observe(now - began)
        metrics.DATABASE_CONNECTIONS_IN_USE.labels(pool).inc()
        began, acquired = now, True

    with traces.span("database", {"db.system.name": "postgresql", "clearway.pool": pool}):
        try:
            yield is_acquired
        except failures as error:
            metrics.DATABASE_FAILURES.labels(type(error).__name__).inc()
            raise
        finally:
            if acquired:
                metrics.DATABASE_CONNECTIONS_IN_USE.labels(pool).dec()
                metrics.DATABASE_USE_SECONDS.labels(pool).observe(perf_counter() - began)
            else:
                metrics.DATABASE_WAIT_SECONDS.labels(pool).observe(perf_counter() - began)
