"""A demo that is served, and visitors who look at it in headless Chromium."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.real.server import free_port
from tests.real.shared import REPOSITORY
from tests.support.processes import stop

SHOTS = REPOSITORY / "var" / "browser"
CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
WAIT_SECONDS_MAX = 20
TOKEN_KEY = "baketrace.token"
DESK, PHONE = (1440, 900), (390, 844)


@dataclass(frozen=True)
class Site:
    """The demo, with what it printed: a token for each role, the suspicious lot, the order that stands ready."""

    url: str
    tokens: Mapping[str, str]
    lot: str
    order: str

    def ask(self, query: str, role: str = "OWNER") -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        return httpx.post(f"{self.url}/graphql", json={"query": query}, headers=headers).json()["data"]


@contextmanager
def demo(folder: Path) -> Iterator[Site]:
    """A demo of its own, for as long as the block runs."""
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BAKETRACE_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "graphql_api", "demo", "--port", str(port)],
        cwd=REPOSITORY,
        env=inherited | {"BAKETRACE_DATABASE_URL": f"sqlite:///{folder / 'demo.db'}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        printed = ""
        while printed.count("\ncurl ") < 3:
            line = process.stdout.readline()
            assert line, printed
            printed += line
        tokens = dict(re.findall(r"^  (\w+) +(bt_\S+)$", printed, re.M))
        lot, order = re.search(r"did lot (\S+) go", printed), re.search(r"in order (\S+),", printed)
        assert lot
        assert order
        yield Site(f"http://127.0.0.1:{port}", tokens, lot[1], order[1])
    finally:
        stop(process)


class Visitor:
    """Somebody at a browser of their own, with a profile that nothing is in yet."""

    def __init__(
        self, site: Site, size: tuple[int, int] = DESK, *, dark: bool = False, role: str | None = None
    ) -> None:
        self.site = site
        options = ChromeOptions()
        options.binary_location = str(CHROMIUM)
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            f"--window-size={size[0]},{size[1]}",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = Chrome(options=options, service=ChromeService(str(DRIVER)))
        if size == PHONE:
            metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 2, "mobile": True}
            self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        if role is not None:
            source = f"sessionStorage.setItem({json.dumps(TOKEN_KEY)}, {json.dumps(site.tokens[role])})"
            self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})

    # ── what they do ──────────────────────────────────────────────────────────────────────────────────────────────────
    def open(self, path: str) -> None:
        self.driver.get(self.site.url + path)

    def find(self, selector: str) -> WebElement:
        """The first thing there, as soon as it shows."""
        shown = lambda: next((at for at in self.all(selector) if at.is_displayed()), None)  # noqa: E731
        found: WebElement = self.until(shown, selector)
        return found

    def find_text(self, text: str, tag: str = "*") -> WebElement:
        path = f"//{tag}[normalize-space(.)={json.dumps(text)}]"
        shown = lambda: next((at for at in self.driver.find_elements(By.XPATH, path) if at.is_displayed()), None)  # noqa: E731
        found: WebElement = self.until(shown, text)
        return found

    def all(self, selector: str) -> Sequence[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def until(self, looked_at: Any, what: str) -> Any:
        return WebDriverWait(self.driver, WAIT_SECONDS_MAX, 0.1, [Exception]).until(
            lambda _driver: looked_at(), f"there is no {what}; the page says: {self.text()[:2000]}"
        )

    def sees(self, *texts: str) -> None:
        for text in texts:
            self.until(lambda text=text: text in self.text(), repr(text))

    def text(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "body").text

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def response(self) -> Any:
        """What stands in the response editor, as JSON; None before there is any."""
        found = self.run(
            "const models = window.__MONACO?.editor.getModels() ?? [];"
            "return models.find(({uri}) => uri.path.endsWith('response.json'))?.getValue()"
        )
        try:
            return json.loads(found)
        except (TypeError, ValueError):
            return None

    def answered(self, field: str) -> Any:
        """The response, as soon as it is about this root field."""
        is_there = lambda: (told := self.response()) and field in ((told.get("data") or {}) | {})  # noqa: E731
        self.until(is_there, f"response with {field}")
        return self.response()

    def shot(self, name: str) -> None:
        """A picture of what they see, to be looked at."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(SHOTS / f"{name}.png"))

    def log(self, kind: str) -> Sequence[str]:
        """What the browser wrote since it was last asked."""
        return [entry["message"] for entry in self.driver.execute("getLog", {"type": kind})["value"]]

    # ── what went on behind it ────────────────────────────────────────────────────────────────────────────────────────
    def leave(self) -> None:
        """Close the browser. Nobody else was asked for anything, and the policy had nothing to stop."""
        try:
            console = self.log("browser")
            events = [json.loads(message)["message"] for message in self.log("performance")]
        finally:
            self.driver.quit()
        asked = {
            event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
        }
        own = (f"{self.site.url}/", "blob:", "data:", "about:")
        elsewhere = [url for url in asked if not url.startswith(own)]
        assert elsewhere == [], elsewhere
        wrong = ("Content Security Policy", "Refused to", "Uncaught", "TypeError")
        bad = [line for line in console if any(word in line for word in wrong)]
        assert bad == [], bad
