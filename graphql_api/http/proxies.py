"""Which peers are proxies of ours: what they say of a request that they hand on is believed, and nobody else's word."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network

from graphql_api.spelling import listed

PEERS_KEPT = 1_000


class Proxies:
    """The proxies at these addresses and networks, listed by commas."""

    def __init__(self, proxies: str) -> None:
        self._networks = [ip_network(proxy) for proxy in listed(proxies)]
        self._is_one = lru_cache(PEERS_KEPT)(self._looked_up)

    def include(self, host: str | None) -> bool:
        return bool(self._networks) and host is not None and self._is_one(host)

    def _looked_up(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)
