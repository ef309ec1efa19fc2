"""The peers from npm: PostGraphile and GraphQL Yoga. Node for them comes on demand (`tests/support/node.py`)."""

from __future__ import annotations

from pathlib import Path

from tests.support.node import NoNode, Packages

PEERS = Packages(Path(__file__).parent)

__all__ = ["PEERS", "NoNode"]
