"""What was built: which files there are, and what each page begins with."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

BUILT = Path(__file__).parent / "built"
ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""The forms that lie ready, the smaller first, with the ending of each."""

TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".ttf": "font/ttf"}


@dataclass(frozen=True)
class Page:
    """What a page begins with: names of assets."""

    script: str
    styles: Sequence[str]
    parts: Sequence[str]


@dataclass(frozen=True)
class Assets:
    """The built files by their names, which tell their content, and the pages."""

    folder: Path
    names: frozenset[str]
    pages: Mapping[str, Page]

    @classmethod
    def built(cls, folder: Path = BUILT) -> Assets | None:
        """None where the explorer was not built."""
        manifest = folder / "manifest.json"
        if not manifest.exists():
            return None
        told = json.loads(manifest.read_text(encoding="utf-8"))
        return cls(folder, frozenset(told["assets"]), {name: Page(**page) for name, page in told["pages"].items()})

    def file(self, name: str, accepted: str) -> tuple[Path, str | None]:
        """The file and its encoding, in the smallest form that lies ready and is accepted. `name` is one of `names`."""
        offered = {offer.partition(";")[0].strip() for offer in accepted.lower().split(",") if ";q=0" not in offer}
        for encoding, ending in ENCODINGS.items():
            file = self.folder / (name + ending)
            if encoding in offered and file.exists():
                return file, encoding
        return self.folder / name, None


def media_type(name: str) -> str:
    return TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
