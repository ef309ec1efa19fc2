"""The explorer as people use it: sign in, build a query by clicking, run it, be told what is not allowed."""

import statistics

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import Visits
from tests.browser.visiting import PHONE, Site, Visitor

FIRST_LOADS = 7
FIRST_LOAD_SECONDS_MAX = 1.5


def begin(visitor: Visitor) -> Visitor:
    """Open the explorer, signed in, up to where one can write."""
    visitor.open("/graphql")
    visitor.find(".graphiql-query-editor .monaco-editor")
    visitor.until(lambda: visitor.run("return performance.getEntriesByName('usable').length"), "schema in the editor")
    return visitor


def take(visitor: Visitor, task: str) -> None:
    visitor.find_text(task, "strong").click()


def test_the_start_page_leads_to_the_sign_in_and_that_to_the_editor(visit: Visits, site: Site) -> None:
    visitor = visit()
    visitor.open("/")
    visitor.sees("Sign in", "It stays in this tab only")
    assert visitor.driver.current_url == f"{site.url}/graphql"
    visitor.shot("01-sign-in")
    visitor.find("#token").send_keys("bt_wrong", Keys.ENTER)
    visitor.sees("This token is not known")
    visitor.shot("02-refused")
    token = visitor.find("#token")
    token.clear()
    token.send_keys(site.tokens["OWNER"], Keys.ENTER)
    visitor.sees("Sample Street Bakery", "Owner", "Growth plan", "Ready operations")
    visitor.find(".graphiql-query-editor .monaco-editor")
    visitor.shot("03-signed-in")
    assert visitor.run("return [document.cookie, JSON.stringify(localStorage)]") == ["", "{}"]
    visitor.find_text("Sign out", "button").click()
    visitor.sees("Paste your access token")
    assert visitor.run("return sessionStorage.length") == 0


def test_a_query_is_built_by_clicking_and_run(visit: Visits) -> None:
    visitor = begin(visit(role="OWNER"))
    visitor.find("[aria-label='Show Query builder']").click()
    visitor.find(".graphiql-explorer-root")
    visitor.run("arguments[0].scrollIntoView()", visitor.find_text("viewer", "span"))
    visitor.find_text("viewer", "span").click()
    visitor.find_text("role", "span").click()
    visitor.until(lambda: "role" in visitor.find(".graphiql-query-editor").text, "role in the query")
    visitor.find("[aria-label^='Execute query']").click()
    assert visitor.answered("viewer")["data"]["viewer"]["role"] == "OWNER"
    visitor.shot("04-built-by-clicking")


def test_every_read_of_the_shelf_shows_something(visit: Visits) -> None:
    visitor = begin(visit(role="OWNER"))
    take(visitor, "What expires?")
    assert visitor.answered("expiringLots")["data"]["expiringLots"]["edges"]
    visitor.shot("05-what-expires")
    take(visitor, "Look before you bake")
    assert visitor.answered("previewProduction")["data"]["previewProduction"]["ingredients"]


def test_a_change_waits_to_be_looked_at_and_is_then_made(visit: Visits) -> None:
    visitor = begin(visit(role="OWNER"))
    take(visitor, "Add a lot")
    visitor.sees("changes the books: look at the variables")
    assert visitor.response() is None
    visitor.shot("06-add-a-lot")
    visitor.find("[aria-label^='Execute query']").click()
    assert visitor.answered("addLot")["data"]["addLot"]["__typename"] == "AddLotSuccess"


def test_a_refusal_tells_what_it_takes(visit: Visits) -> None:
    visitor = begin(visit(role="STAFF"))
    take(visitor, "Where did this lot go?")
    visitor.sees("Needs the role Owner or Manager")
    visitor.shot("07-denied-read")
    visitor.find("[aria-label='Show Ready operations']").click()
    take(visitor, "Add a lot")
    visitor.sees("changes the books")
    visitor.find("[aria-label^='Execute query']").click()
    visitor.answered("addLot")
    visitor.sees("Needs the role Owner or Manager")
    visitor.shot("08-denied-change")


def test_it_fits_a_phone(visit: Visits) -> None:
    visitor = begin(visit(PHONE, role="OWNER"))
    visitor.shot("09-phone")
    take(visitor, "What expires?")
    visitor.answered("expiringLots")
    visitor.run("document.querySelector('.graphiql-response').scrollIntoView()")
    visitor.shot("10-phone-response")
    assert visitor.run("return document.documentElement.scrollWidth") <= PHONE[0]


def test_it_is_dark_where_the_system_is(visit: Visits) -> None:
    visitor = begin(visit(dark=True, role="MANAGER"))
    take(visitor, "What expires?")
    visitor.answered("expiringLots")
    visitor.shot("11-dark")
    for selector in ("body", ".bar", ".graphiql-container"):
        red, green, blue = visitor.run(
            "return getComputedStyle(document.querySelector(arguments[0])).backgroundColor.match(/\\d+/g).map(Number)",
            selector,
        )[:3]
        assert red + green + blue < 200, selector


def test_all_of_it_is_done_by_keyboard(visit: Visits, site: Site) -> None:
    visitor = visit()
    visitor.open("/graphql")
    visitor.find("#token")
    visitor.until(lambda: visitor.run("return document.activeElement.id") == "token", "focus on the token")
    keys = ActionChains(visitor.driver)
    keys.send_keys(site.tokens["OWNER"], Keys.ENTER).perform()
    visitor.sees("Ready operations")
    visitor.find(".graphiql-query-editor .monaco-editor")
    for _ in range(40):
        if "What expires?" in visitor.run("return document.activeElement.textContent.slice(0, 40)"):
            break
        ActionChains(visitor.driver).send_keys(Keys.TAB).perform()
    visitor.shot("12-keyboard")
    ActionChains(visitor.driver).send_keys(Keys.ENTER).perform()
    visitor.answered("expiringLots")


def test_the_first_load_comes_to_a_usable_editor(visit: Visits) -> None:
    """From the address to an editor with the schema in it, with nothing in the browser's cache. How long it took is
    judged and printed: a busy machine is no defect."""
    seconds = []
    for _ in range(FIRST_LOADS):
        visitor = visit(role="OWNER")
        visitor.open("/healthz")  # the browser itself is up by then
        begin(visitor)
        seconds.append(visitor.run("return performance.getEntriesByName('usable')[0].startTime") / 1000)
    median = statistics.median(seconds)
    verdict = "held" if median <= FIRST_LOAD_SECONDS_MAX else "MISSED"
    print(f"\nfirst load: {median:.2f} s median of {', '.join(f'{load:.2f}' for load in seconds)}")
    print(f"wanted: {FIRST_LOAD_SECONDS_MAX} s at most: {verdict}")
