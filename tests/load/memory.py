"""How much memory the server's processes hold, by what the kernel tells of them."""

import os
from pathlib import Path

KIBIBYTES_A_MEBIBYTE = 1024
PROCESSES = Path("/proc")


def held_by_servers() -> float:
    """MiB that all Python processes hold that this one has started, directly or not."""
    started = [pid for pid in _descendants(os.getpid()) if _told(pid, "Name").startswith("python")]
    return sum(int(_told(pid, "VmRSS").split()[0]) for pid in started if _told(pid, "VmRSS")) / KIBIBYTES_A_MEBIBYTE


def _descendants(pid: int) -> list[int]:
    children = [int(child) for task in _tasks(pid) for child in _read(task / "children").split()]
    return [*children, *(further for child in children for further in _descendants(child))]


def _tasks(pid: int) -> list[Path]:
    try:
        return list((PROCESSES / str(pid) / "task").iterdir())
    except FileNotFoundError:
        return []


def _told(pid: int, name: str) -> str:
    """A line of a process's status; empty for one that has ended."""
    lines = _read(PROCESSES / str(pid) / "status").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:")), "")


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
