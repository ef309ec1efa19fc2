"""Writers of a SQLite file queue, those of other processes too: two queues on one file are what two processes have."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from bakery.store.writers import WritersQueue

HOLDER = """
import asyncio, sys
from pathlib import Path
from bakery.store.writers import WritersQueue

async def hold():
    async with WritersQueue(Path(sys.argv[1])):
        print("mine", flush=True)
        await asyncio.sleep(600)

asyncio.run(hold())
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bakery.db"


def test_one_writes_at_a_time_and_nobody_twice_while_another_waits(file: Path) -> None:
    turns: list[int] = []
    most_waiting: list[int] = []

    async def test() -> None:
        writing = 0

        async def write(queue: WritersQueue, number: int) -> None:
            nonlocal writing
            async with queue:
                writing += 1
                assert writing == 1
                most_waiting.append(queue.waiting)
                # Long enough for whoever waits to look whether it is its turn.
                await asyncio.sleep(0.005)
                turns.append(number)
                writing -= 1

        queues = [WritersQueue(file), WritersQueue(file)]
        await asyncio.gather(*(write(queue, number) for _ in range(10) for number, queue in enumerate(queues)))
        for queue in queues:
            assert queue.waiting == 0
            queue.close()

    asyncio.run(test())
    assert len(turns) == 20
    assert max(most_waiting) == 9, "the first of a queue's ten writes while the others wait"
    assert all(before != after for before, after in pairwise(turns)), turns


def test_who_gives_up_waiting_keeps_nobody_from_writing(file: Path) -> None:
    async def test() -> None:
        mine, other = WritersQueue(file), WritersQueue(file)

        async def write(queue: WritersQueue) -> None:
            async with queue:
                pass

        async with mine:
            waiting = [asyncio.create_task(write(queue)) for queue in (mine, other, other)]
            await asyncio.sleep(0.01)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        async with asyncio.timeout(5):
            await write(other)
            await write(mine)
        mine.close()
        other.close()

    asyncio.run(test())


def test_a_process_that_is_killed_lets_go(file: Path) -> None:
    async def write(queue: WritersQueue, seconds: float) -> None:
        async with asyncio.timeout(seconds), queue:
            pass

    queue = WritersQueue(file)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(file)], stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout
            assert holder.stdout.readline() == "mine\n"
            with pytest.raises(TimeoutError):
                asyncio.run(write(queue, 0.05))
        finally:
            holder.send_signal(signal.SIGKILL)
    asyncio.run(write(queue, 5))
    queue.close()
