"""What a worker tells the classifier, with real processes and with a scripted one."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, ClassVar

import pytest

from orquestrador.actors import WorkerActor, WorkerLimits, worker
from orquestrador.classification import classify
from orquestrador.messages import Message, encode
from orquestrador.messages.work import (
    BatchClassified,
    CheckProcess,
    ClassifyBatch,
    ContentAnswered,
    ContentKey,
    ContentToClassify,
    UrgentBegun,
    WorkerCannotStart,
    WorkerIdle,
    WorkerReady,
)
from orquestrador.supervisor import ChildFailed, ChildSpec

SOURCES = tuple(b"int OnInit() { return %d; }" % number for number in range(3))


def content(data: bytes) -> ContentToClassify:
    key = ContentKey(sha256=classify(data, "x.mq4").sha256, suffix=".mq4")
    return ContentToClassify(key=key, data=data)


CONTENTS = tuple(map(content, SOURCES))


def batch(number: int, contents: tuple[ContentToClassify, ...] = CONTENTS) -> Message:
    return ClassifyBatch(batch=number, level="full", contents=contents)


def urgent(number: int, contents: tuple[ContentToClassify, ...]) -> Message:
    return ClassifyBatch(batch=number, level="full", contents=contents, urgent=True)


def spec(
    function: str = "orquestrador.classification:classify",
    memory_mb: int = 512,
    content_limit_s: float = 20.0,
) -> ChildSpec:
    given = WorkerLimits(
        function=function, memory_mb=memory_mb, content_limit_s=content_limit_s
    )
    return ChildSpec(
        id="worker-1", actor=WorkerActor, args=("worker-1", given), redeliveries=1
    )


def test_a_real_process_answers_batches_in_order_with_the_records_of_classify(
    plant: Callable[..., Any], puppet: Callable[[str], ChildSpec]
) -> None:
    tree = plant(puppet("classifier"), spec())
    tree.tell("worker-1", batch(7))
    tree.tell("worker-1", batch(8, CONTENTS[:1]))

    idle, first, second = tree.received("classifier", 3)

    assert idle == WorkerIdle(worker="worker-1")
    assert isinstance(first, BatchClassified)
    assert (first.batch, second.batch) == (7, 8)
    assert [each.record for each in first.classified] == [
        classify(data, "content.mq4").replace(path="") for data in SOURCES
    ]
    assert first.failed == second.failed == ()


def test_a_real_process_that_cannot_start_is_told_and_the_actor_restarted(
    plant: Callable[..., Any], puppet: Callable[[str], ChildSpec]
) -> None:
    tree = plant(puppet("classifier"), spec(function="nowhere:nothing"))
    tree.tell("worker-1", batch(1))

    _idle, broken, idle_again = tree.received("classifier", 3)

    assert isinstance(broken, WorkerCannotStart)
    assert "No module named 'nowhere'" in broken.reason
    assert idle_again == WorkerIdle(worker="worker-1")
    assert tree.events.wait_for(ChildFailed, child="worker-1").incarnation == 1


class ScriptedProcess:
    """Stands for a worker process: what it says, the test says."""

    started: ClassVar["SimpleQueue[ScriptedProcess]"] = SimpleQueue()
    resident: ClassVar[float] = 10.0

    def __init__(
        self,
        _arguments: object,
        on_frame: Callable[[bytes], None],
        on_end: Callable[[int, str], None],
    ) -> None:
        self.given: list[Any] = []
        self.killed = threading.Event()
        self.on_frame = on_frame
        self.on_end = on_end
        self.started.put(self)

    def send(self, message: Message, *, urgent: bool = False) -> None:
        self.given.append((message, urgent))

    def contents(self) -> tuple[ContentToClassify, ...]:
        """What it was given, in the order of its sending."""
        return tuple(each.contents[0] for each, _ in self.given)

    def kill(self) -> None:
        self.killed.set()

    def abandon(self) -> None:
        self.kill()

    def resident_mb(self) -> float:
        return self.resident

    def says(self, message: Message) -> None:
        self.on_frame(encode(message))

    def is_ready(self) -> None:
        self.says(WorkerReady(pid=1, classifier="1"))

    def answers(self, index: int, data: bytes) -> None:
        record = classify(data, "x.mq4").replace(path="")
        self.says(ContentAnswered(batch=1, index=index, record=record, reason=None))

    def ends(self, exit_code: int = -11) -> None:
        self.on_end(exit_code, "")


class Script:
    """A worker actor whose processes are scripted, and what it is told of them."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree

    def process(self) -> ScriptedProcess:
        """The next process that was started."""
        return ScriptedProcess.started.get(timeout=30)

    def checks(self, process: ScriptedProcess) -> None:
        """Let the actor look at a process until it ends it."""
        # Its timer's message, which nobody else may send.
        self.tree.system.ref("worker-1").cell.deliver(CheckProcess(), None)
        assert process.killed.wait(30)


@pytest.fixture
def script(
    plant: Callable[..., Any],
    puppet: Callable[[str], ChildSpec],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Script]:
    monkeypatch.setattr(worker, "WorkerProcess", ScriptedProcess)
    monkeypatch.setattr(worker, "_CHECK_INTERVAL_S", 3600.0)
    started: SimpleQueue[ScriptedProcess] = SimpleQueue()
    monkeypatch.setattr(ScriptedProcess, "started", started)

    def start(**limits: Any) -> Script:
        return Script(plant(puppet("classifier"), spec(**limits)))

    return start


def test_a_process_that_ends_twice_on_one_content_names_it_and_the_rest_goes_on(
    script: Callable[..., Script],
) -> None:
    play = script()
    play.tree.tell("worker-1", batch(1))
    first = play.process()
    first.is_ready()
    first.answers(0, SOURCES[0])
    first.ends()
    second = play.process()
    second.is_ready()
    second.ends()
    third = play.process()
    third.is_ready()
    third.answers(0, SOURCES[2])

    answer = play.tree.received("classifier", 2)[1]

    given = [process.contents() for process in (first, second, third)]
    assert given == [CONTENTS, CONTENTS[1:], CONTENTS[2:]]
    assert shas(answer) == [CONTENTS[0].key.sha256, CONTENTS[2].key.sha256]
    (failed,) = answer.failed
    assert failed.key == CONTENTS[1].key
    assert failed.again
    assert "ended the worker process: signal SIGSEGV" in failed.reason


def shas(answer: BatchClassified) -> list[str]:
    return [each.record.sha256 for each in answer.classified]


def test_a_process_over_its_time_is_ended_and_its_content_named_at_once(
    script: Callable[..., Script],
) -> None:
    play = script(content_limit_s=0.0)
    play.tree.tell("worker-1", batch(1, CONTENTS[:2]))
    first = play.process()
    first.is_ready()
    play.checks(first)
    first.ends(-9)
    second = play.process()
    second.is_ready()
    second.answers(0, SOURCES[1])

    answer = play.tree.received("classifier", 2)[1]

    assert second.contents() == CONTENTS[1:2]
    (failed,) = answer.failed
    assert failed.key == CONTENTS[0].key
    assert not failed.again
    assert failed.reason == "classification took longer than 0 s and was stopped"


def test_a_process_over_its_memory_is_ended_and_its_content_named_at_once(
    script: Callable[..., Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    play = script(memory_mb=100)
    monkeypatch.setattr(ScriptedProcess, "resident", 101.0)
    play.tree.tell("worker-1", batch(1, CONTENTS[:1]))
    process = play.process()
    process.is_ready()
    play.checks(process)
    process.ends(-9)

    (failed,) = play.tree.received("classifier", 2)[1].failed

    assert "needed more than 100 MB" in failed.reason


def test_an_answer_that_came_before_the_end_blames_no_other_content(
    script: Callable[..., Script],
) -> None:
    play = script(content_limit_s=0.0)
    play.tree.tell("worker-1", batch(1, CONTENTS[:2]))
    first = play.process()
    first.is_ready()
    play.checks(first)
    # It was already on its way when the process was ended.
    first.answers(0, SOURCES[0])
    first.ends(-9)
    second = play.process()
    second.is_ready()
    second.answers(0, SOURCES[1])

    answer = play.tree.received("classifier", 2)[1]

    assert answer.failed == ()
    assert shas(answer) == [each.key.sha256 for each in CONTENTS[:2]]


def test_a_late_word_of_an_earlier_process_is_void(
    script: Callable[..., Script],
) -> None:
    play = script()
    play.tree.tell("worker-1", batch(1, CONTENTS[:2]))
    first = play.process()
    first.is_ready()
    first.ends()
    second = play.process()
    first.answers(0, SOURCES[2])
    first.ends()
    second.is_ready()
    second.answers(0, SOURCES[0])
    second.answers(1, SOURCES[1])

    answer = play.tree.received("classifier", 2)[1]

    assert shas(answer) == [each.key.sha256 for each in CONTENTS[:2]]
    assert ScriptedProcess.started.empty()


def test_a_process_that_ends_without_work_is_nobodys_fault(
    script: Callable[..., Script],
) -> None:
    play = script()
    play.tree.tell("worker-1", batch(1, CONTENTS[:1]))
    first = play.process()
    first.is_ready()
    first.answers(0, SOURCES[0])
    first.ends()
    play.tree.tell("worker-1", batch(2, CONTENTS[1:2]))
    second = play.process()
    second.is_ready()
    reason = "it does not want to"
    second.says(ContentAnswered(batch=2, index=0, record=None, reason=reason))

    _idle, one, two = play.tree.received("classifier", 3)

    assert len(one.classified) == 1
    assert two.failed[0].reason == reason


def test_a_process_that_talks_nonsense_restarts_the_actor_without_its_work(
    script: Callable[..., Script],
) -> None:
    play = script()
    play.tree.tell("worker-1", batch(1))
    process = play.process()
    process.on_frame(b"hello")

    told = play.tree.received("classifier", 2)

    assert told == (WorkerIdle(worker="worker-1"),) * 2
    assert process.killed.wait(30)


def test_an_urgent_batch_overtakes_what_a_real_process_has_not_begun(
    plant: Callable[..., Any], puppet: Callable[[str], ChildSpec]
) -> None:
    tree = plant(puppet("classifier"), spec())
    many = tuple(
        content(b"int OnInit() { return %d; } %s" % (number, b"int a = 1;\n" * 2000))
        for number in range(40)
    )
    tree.tell("worker-1", batch(1, many))
    tree.tell("worker-1", batch(2, many))
    tree.tell("worker-1", urgent(3, CONTENTS))

    answers = tree.received("classifier", 4)[1:]

    # It may have begun the first batch's last content by the time the third comes.
    assert [each.batch for each in answers] in ([3, 1, 2], [1, 3, 2])
    assert shas(next(each for each in answers if each.batch == 3)) == [
        each.key.sha256 for each in CONTENTS
    ]


def test_a_process_that_ends_on_an_urgent_content_blames_no_other(
    script: Callable[..., Script],
) -> None:
    play = script()
    play.tree.tell("worker-1", batch(1, CONTENTS[:2]))
    play.tree.tell("worker-1", urgent(2, CONTENTS[2:]))
    first = play.process()
    first.is_ready()
    first.says(UrgentBegun(batch=2))
    first.ends()
    second = play.process()
    second.is_ready()
    second.says(UrgentBegun(batch=2))
    second.ends()
    last = play.process()
    last.is_ready()
    last.answers(0, SOURCES[0])
    last.answers(1, SOURCES[1])

    _idle, save, bulk = play.tree.received("classifier", 3)

    assert (save.batch, save.classified) == (2, ())
    assert [each.key for each in save.failed] == [CONTENTS[2].key]
    assert (bulk.batch, bulk.failed) == (1, ())
    assert [flag for _, flag in second.given] == [False, False, True]


def test_a_process_that_ends_before_it_begins_an_urgent_content_blames_the_bulk(
    script: Callable[..., Script],
) -> None:
    play = script()
    play.tree.tell("worker-1", batch(1, CONTENTS[:1]))
    play.tree.tell("worker-1", urgent(2, CONTENTS[2:]))
    for _ in range(2):
        process = play.process()
        process.is_ready()
        process.ends()
    last = play.process()
    last.is_ready()
    last.says(UrgentBegun(batch=2))
    record = classify(SOURCES[2], "x.mq4").replace(path="")
    last.says(ContentAnswered(batch=2, index=0, record=record, reason=None))

    _idle, bulk, save = play.tree.received("classifier", 3)

    assert [each.key for each in bulk.failed] == [CONTENTS[0].key]
    assert (save.batch, save.failed) == (2, ())
