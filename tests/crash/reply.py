"""A server that is killed between the commit and the reply."""

import asyncio
from typing import Any

import orjson

from tests.crash.evidence import keys_kept
from tests.crash.scene import Scene
from tests.crash.traffic import Change, State, number_of, post
from tests.race.documents import QUICK_RESTOCK
from tests.real.client import Document
from tests.real.http1 import Connection, HttpFailure

ATTEMPTS_MAX = 10

# What is asked for is read after the commit, and so much of it that a server can be killed meanwhile.
BELOW = "lots(first: 100) { edges { node { id code"
MUCH = f"{BELOW} ingredient {{ {BELOW} ingredient {{ {BELOW} {'}' * 11}"
LONG_RESTOCK = Document(
    "QuickRestock",
    "mutation QuickRestock($input: QuickRestockInput!) { quickRestock(input: $input) { __typename "
    f"... on QuickRestockSuccess {{ ingredient {{ {' '.join(f'part{n}: {MUCH}' for n in range(12))} }} }} }} }}",
)


async def change_without_its_reply(scene: Scene, seed: int) -> Change:
    """A change that was committed and not answered, since the server was killed in between; it runs again then."""
    for attempt in range(ATTEMPTS_MAX):
        number, mark = len(scene.changes), f"{seed}-reply-{attempt}"
        restock = {
            "ingredientId": scene.world.ingredients[0],
            "quantity": f"5.{number:06d}",
            "supplierLotNumber": mark,
            "idempotencyKey": mark,
        }
        change = Change(mark, QUICK_RESTOCK, restock, State.UNKNOWN)
        scene.changes.append(change)
        if await _is_killed_before_the_reply(scene, restock):
            return change
    raise AssertionError("every answer was faster than the kill")


async def reply_to(scene: Scene, change: Change) -> int:
    """The lot that the answer names."""
    answer = await _send(scene, QUICK_RESTOCK, change.input)
    return number_of(answer["lot"]["id"])


async def _is_killed_before_the_reply(scene: Scene, restock: dict[str, Any]) -> bool:
    """Kill the server once the change is committed, and start it again; false where the answer was there already."""
    asked = asyncio.create_task(_send(scene, LONG_RESTOCK, restock))

    def wait_for_the_commit() -> None:
        while not asked.done() and restock["idempotencyKey"] not in keys_kept(scene.url):
            pass

    await asyncio.to_thread(wait_for_the_commit)
    scene.server.kill_all()
    try:
        await asked
    except HttpFailure:
        return True
    finally:
        await scene.start_again()
    return False


async def _send(scene: Scene, document: Document, input: dict[str, Any]) -> Any:
    connection = Connection(scene.server.base_url)
    headers = {"Authorization": f"Bearer {scene.token}", "Content-Type": "application/json"}
    try:
        answer = await post(connection, headers, document, input)
    finally:
        connection.close()
    return orjson.loads(answer.body)["data"]["quickRestock"]
