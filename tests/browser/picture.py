"""The trace's picture, in the explorer's panel and on its own page."""

import base64
import json
import time
from typing import Any
from xml.etree import ElementTree

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import Visits
from tests.browser.explorer import begin, take
from tests.browser.visiting import PHONE, SHOTS, Site, Visitor

DRAWN_SECONDS_MAX = 10
CHOSEN_SECONDS_MAX = 0.5


def nodes(visitor: Visitor, kind: str = "node") -> int:
    return len(visitor.all(f".picture .{kind}"))


def test_the_panel_draws_the_trace_in_the_response(visit: Visits, site: Site) -> None:
    visitor = begin(visit(role="OWNER"))
    take(visitor, "Where did this lot go?")
    trace = visitor.answered("lot")["data"]["lot"]["trace"]
    visitor.find(".picture .node.subject.held")
    visitor.shot("20-panel-lot")
    for kind, listed in (("batch", "batches"), ("order", "orders"), ("lot", "lots")):
        assert nodes(visitor, kind) == len(trace[listed]), kind
    assert nodes(visitor, "gap") == len(trace["gaps"]) > 0
    order = visitor.find(".picture .node.order")
    visitor.run("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", order)
    visitor.sees("What is in this order?")
    visitor.shot("21-panel-chosen")
    visitor.find_text("What is in this order?", "button").click()
    visitor.answered("order")
    visitor.find(".picture .node.order.subject")
    visitor.shot("22-panel-followed")


def test_any_trace_is_drawn_whatever_else_was_asked(visit: Visits, site: Site) -> None:
    """The contract's document asks for no status and no supplier: what is missing is asked for by id."""
    visitor = begin(visit(role="OWNER"))
    query = f'{{ lot(code: "{site.lot}") {{ id trace {{ verdict edges {{ from to quantity unit }} }} }} }}'
    visitor.run(
        "const models = window.__MONACO.editor.getModels();"
        "models.find(({uri}) => uri.path.endsWith('.graphql')).setValue(arguments[0])",
        query,
    )
    visitor.find("[aria-label='Show Trace']").click()
    visitor.find("[aria-label^='Execute query']").click()
    visitor.answered("lot")
    visitor.find(".picture .node.subject.held")
    assert nodes(visitor, "unknown") == 0
    assert nodes(visitor, "customer") > 0


def test_the_page_is_for_people_who_never_see_graphql(visit: Visits, site: Site) -> None:
    visitor = visit()
    visitor.open(f"/trace/{site.lot}")
    visitor.sees("Paste your access token")
    visitor.find("#token").send_keys(site.tokens["OWNER"], Keys.ENTER)
    visitor.sees(f"Where did lot {site.lot} go?", "Possible", "Not known")
    visitor.find(".picture .node.subject.held")
    visitor.shot("30-page-lot")
    visitor.find_text("Whole", "button").click()
    visitor.shot("31-page-whole")
    visitor.open(f"/trace/ORDER-{site.order}")
    visitor.sees(f"What is in order {site.order}?")
    visitor.find(".picture .node.order.subject")
    visitor.shot("32-page-order")
    printed = visitor.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    (SHOTS / "33-page-printed.pdf").write_bytes(base64.b64decode(printed["data"]))
    visitor.open("/trace/LOT-990101-001")
    visitor.sees("There is no such thing in this bakery")
    visitor.shot("34-page-missing")


def test_the_page_tells_staff_what_it_takes(visit: Visits, site: Site) -> None:
    visitor = visit(PHONE, role="STAFF")
    visitor.open(f"/trace/{site.lot}")
    visitor.sees("Needs the role Owner or Manager")
    visitor.shot("35-page-denied")


def test_the_page_on_a_phone_in_the_dark(visit: Visits, site: Site) -> None:
    visitor = visit(PHONE, dark=True, role="OWNER")
    visitor.open(f"/trace/{site.lot}")
    visitor.find(".picture .node.subject").click()
    visitor.sees("Supplier lot number")
    visitor.shot("36-page-phone-dark")
    assert visitor.run("return document.documentElement.scrollWidth") <= PHONE[0]


def test_the_picture_is_walked_by_keyboard_and_followed(visit: Visits, site: Site) -> None:
    visitor = visit(role="OWNER")
    visitor.open(f"/trace/{site.lot}")
    subject = visitor.find(".picture .node.subject")
    visitor.run("arguments[0].focus()", subject)
    ActionChains(visitor.driver).send_keys(Keys.ARROW_RIGHT).perform()
    chosen = visitor.find(".picture .node.chosen")
    assert not visitor.all(".picture .node.chosen.subject")
    assert visitor.run("return document.activeElement === arguments[0]", chosen)
    ActionChains(visitor.driver).send_keys(Keys.ESCAPE).perform()
    visitor.until(lambda: not visitor.all(".picture .node.chosen"), "picture with nothing chosen")


def test_it_is_saved_as_a_picture_that_stands_alone(visit: Visits, site: Site) -> None:
    visitor = visit(dark=True, role="OWNER")
    visitor.open(f"/trace/{site.lot}")
    visitor.find(".picture .node.subject")
    visitor.run(
        "const make = URL.createObjectURL; URL.createObjectURL = (blob) => {"
        " blob.text().then((text) => { window.saved = text }); return make(blob) }"
    )
    visitor.find_text("Save as SVG", "button").click()
    saved = visitor.until(lambda: visitor.run("return window.saved"), "saved picture")
    ElementTree.fromstring(saved)
    assert "light-dark" not in saved
    assert ".picture .node" in saved
    assert site.lot in saved
    (SHOTS / "37-saved.svg").write_text(saved, encoding="utf-8")
    visitor.driver.get((SHOTS / "37-saved.svg").as_uri())
    visitor.shot("37-saved")
    visitor.log("performance")  # the file is no other host


def thousand() -> dict[str, Any]:
    """A trace of 1,000 things as an answer tells it: one lot in all of 300 batches, 450 orders, 50 customers."""
    lots = [
        {"id": f"lot {at}", "code": f"LOT-261101-{at:03}", "status": "AVAILABLE", "supplier": None} for at in range(200)
    ]
    lots[0]["status"] = "RECALLED"
    batches = [
        {"id": f"batch {at}", "code": f"PB-261101-{at:03}", "status": "CONFIRMED", "product": {"name": "Loaf"}}
        for at in range(300)
    ]
    orders = [
        {
            "id": f"order {at}",
            "number": f"A-{at}",
            "status": "COMPLETED",
            "customer": {"id": f"customer {at % 50}", "name": f"Café {at % 50}"},
        }
        for at in range(450)
    ]
    edges = [(f"lot {lot}", f"batch {at}") for at in range(300) for lot in {0, at % 200, (at * 7 + 3) % 200}]
    edges += [(f"batch {batch}", f"order {at}") for at in range(450) for batch in {at % 300, (at * 2) % 300}]
    trace = {
        "verdict": "PROVEN",
        "lots": lots,
        "batches": batches,
        "orders": orders,
        "edges": [{"from": start, "to": end, "quantity": "1", "unit": "kg"} for start, end in edges],
    }
    return {"data": {"lot": {**lots[0], "trace": trace}}}


def test_a_thousand_things_stay_usable(visit: Visits) -> None:
    visitor = begin(visit(role="OWNER"))
    visitor.find("[aria-label='Show Trace']").click()
    began = time.monotonic()
    visitor.run(
        "const models = window.__MONACO.editor.getModels();"
        "models.find(({uri}) => uri.path.endsWith('response.json')).setValue(arguments[0])",
        json.dumps(thousand()),
    )
    visitor.until(lambda: nodes(visitor) == 1000, "thousand nodes")
    drawn = time.monotonic() - began
    # From the click to the next frame that shows it.
    milliseconds = visitor.driver.execute_async_script(
        "const done = arguments[0], began = performance.now();"
        "document.querySelector('.picture .batch').dispatchEvent(new MouseEvent('click', {bubbles: true}));"
        "requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)))"
    )
    visitor.find(".picture .node.chosen")
    visitor.shot("40-thousand")
    print(f"\n1,000 things: drawn in {drawn:.1f} s, chosen in {milliseconds:.0f} ms")
    assert drawn <= DRAWN_SECONDS_MAX
    assert milliseconds <= CHOSEN_SECONDS_MAX * 1000
