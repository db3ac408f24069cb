"""Work of a supervisor that takes several steps and waits between them.

A procedure is a generator. It yields while it waits, and is resumed after every
report about one of its children; what it waits for it checks itself (`while
child.state is STOPPING: yield`). So the order of a restart can be read from top to
bottom, and yet the supervisor never blocks.
"""

from collections.abc import Generator, Iterable
from typing import TypeVar

from orquestrador.supervisor.children import Child

R = TypeVar("R")
Steps = Generator[None, None, R]


class Procedure:
    """One piece of work, and the children that are its own while it runs."""

    def __init__(
        self,
        steps: Steps[object],
        children: Iterable[Child],
        *,
        subject: Child | None = None,
    ) -> None:
        """Begin nothing yet.

        Args:
            steps: the work.
            children: those whose state it changes.
            subject: the one for whose sake it is done; None if for all.

        """
        self.steps = steps
        self.children = tuple(children)
        self.subject = subject
        self.running = False


class Procedures:
    """Runs procedures: side by side where they touch different children.

    Where one child's restart concerns others (`exclusive`) they run one after the
    other, as they came.
    """

    def __init__(self, *, exclusive: bool) -> None:
        """Run nothing yet."""
        self.exclusive = exclusive
        self._active: dict[Procedure, None] = {}
        self._waiting: list[Procedure] = []
        self._current: Procedure | None = None

    def submit(self, procedure: Procedure) -> None:
        """Run it as soon as those before it allow."""
        self._waiting.append(procedure)
        self._run_waiting()

    def resume(self, procedure: Procedure | None) -> None:
        """Let a procedure look whether what it waits for has come."""
        if procedure is None or procedure not in self._active:
            return
        outer, self._current = self._current, procedure
        procedure.running = True
        try:
            next(procedure.steps)
        except StopIteration:
            self._release(procedure)
        finally:
            procedure.running = False
            self._current = outer
        self._run_waiting()

    def concern(self, child: Child) -> bool:
        """Return whether one of them works on a child, or is going to."""
        return child.procedure is not None or any(
            child in procedure.children for procedure in self._waiting
        )

    def claim(self, children: Iterable[Child]) -> None:
        """Give the procedure that runs right now more children of its own."""
        procedure = self._current
        if procedure is not None:
            procedure.children += tuple(children)
            for child in procedure.children:
                child.procedure = procedure

    def cancel(self, procedure: Procedure) -> None:
        """End a procedure where it stands; what waits for its children may run."""
        if not procedure.running:
            # One that cancels itself is at its last step.
            procedure.steps.close()
        self._release(procedure)

    def cancel_all(self) -> None:
        """End all of them, also those that have not begun."""
        for procedure in (*self._active, *self._waiting):
            self.cancel(procedure)
        self._waiting.clear()

    def _may_run(self, procedure: Procedure) -> bool:
        if self.exclusive and self._active:
            return False
        return all(child.procedure is None for child in procedure.children)

    def _run_waiting(self) -> None:
        for procedure in tuple(self._waiting):
            if procedure in self._waiting and self._may_run(procedure):
                self._waiting.remove(procedure)
                self._active[procedure] = None
                for child in procedure.children:
                    child.procedure = procedure
                self.resume(procedure)

    def _release(self, procedure: Procedure) -> None:
        self._active.pop(procedure, None)
        for child in procedure.children:
            if child.procedure is procedure:
                child.procedure = None
