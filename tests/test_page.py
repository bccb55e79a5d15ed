"""The page in a real browser: by mouse, by keyboard, on a narrow screen, in the dark, and when things go wrong."""

from __future__ import annotations

import time

import pytest

pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")
pytest.importorskip("selenium", reason="selenium is not installed")

from headless import brightness, headless_browser, needs_browser, prefer, screen
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from serving_doubles import PATIENCE_SECONDS, UppercaseModel, running_server, translated

pytestmark = [pytest.mark.slow, needs_browser]


@pytest.fixture(scope="module")
def browser():
    with headless_browser() as driver:
        yield driver


class Page:
    """The page, by what a person does and sees."""

    def __init__(self, driver, address: str) -> None:
        self.driver = driver
        driver.get(address)
        self.wait(lambda: "model" in self.text("#model"))

    def wait(self, condition):
        return WebDriverWait(self.driver, PATIENCE_SECONDS, 0.05).until(lambda _: condition())

    def all(self, selector: str) -> list:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.one(selector).text

    def focused(self):
        return self.driver.switch_to.active_element

    def translate(self, text: str) -> None:
        source = self.one("#source")
        source.clear()
        source.send_keys(text, Keys.CONTROL, Keys.ENTER)

    def lines(self) -> list[str]:
        """In one step: the list may be made anew while it is read."""
        return self.driver.execute_script(
            "return [...document.querySelectorAll('#lines li')].map((line) => line.innerText.trim())"
        )

    def error(self) -> str:
        return self.text("#error") if self.one("#error").is_displayed() else ""

    def width(self) -> tuple[int, int]:
        return tuple(self.driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture
def page(browser, server):
    browser.get_log("browser")
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen(1200, 900))
    yield Page(browser, server.address)
    assert [entry for entry in browser.get_log("browser") if "status of 4" not in entry["message"]] == []


def test_lines_are_sentences_and_stay_at_their_places(page):
    assert page.text("h1") == "English → German"
    texts = ["a man rides", "", *[f"sentence number {number}" for number in range(11)]]
    page.translate("\n".join(texts))
    page.wait(lambda: page.lines() == [translated(text) for text in texts])
    assert page.text("#details-label") == "Sentence 1 of 13"
    page.all("#lines button")[1].click()
    assert page.text("#details-label") == "Sentence 3 of 13"
    assert page.all("#hypotheses .text")[0].text == "0 NUMBER SENTENCE"


def test_results_come_with_scores_and_each_has_its_map(page):
    page.translate("a b c")
    page.wait(lambda: len(page.all("#hypotheses label")) == 3)
    assert [each.text for each in page.all("#hypotheses .text")] == ["C B A", "C B A!", "C B A!!"]
    assert [each.text for each in page.all("#hypotheses .score")] == ["-0.625", "-1.625", "-2.625"]
    assert [head.get_attribute("title") for head in page.all(".map thead th")] == ["a", "b", "c", "</s>"]
    assert [head.get_attribute("title") for head in page.all(".map tbody th")] == ["C", "B", "A", "</s>"]
    strong = [
        ["strong" in cell.get_attribute("class") for cell in row.find_elements(By.TAG_NAME, "td")]
        for row in page.all(".map tbody tr")
    ]
    assert [[column for column, found in enumerate(row) if found] for row in strong] == [[2], [1], [0], [3]]
    dark, light = (page.all(".map tbody td")[place].value_of_css_property("background-color") for place in (2, 0))
    assert dark != light
    page.all("#hypotheses input")[1].click()
    assert page.all("#hypotheses input")[1].is_selected()
    assert len(page.all(".map tbody tr")) == 4


def test_all_can_be_done_by_keyboard(page):
    assert page.focused() == page.one("#source")
    page.focused().send_keys("one two three", Keys.CONTROL, Keys.ENTER)
    page.wait(lambda: page.lines() == ["THREE TWO ONE"])
    seen = []
    for _ in range(12):
        page.focused().send_keys(Keys.TAB)
        place = page.focused()
        shown = place.value_of_css_property("outline-style") != "none" or place.get_attribute("name") == "hypothesis"
        assert shown, place.get_attribute("outerHTML")
        seen.append(place.get_attribute("id") or place.get_attribute("name") or place.tag_name)
        if place.tag_name == "th":
            break
    assert seen == [
        *("copy", "button", "beam_size", "n_best", "length_penalty", "max_length_ratio", "translate"),
        *("hypothesis", "scroll", "th"),
    ]
    rows = page.all(".map tbody tr")
    assert page.text("#reading") == "“THREE” looked at “three” 92 %, “one” 3 %, “two” 3 %"
    page.focused().send_keys(Keys.ARROW_DOWN)
    assert [("lit" in row.get_attribute("class")) for row in rows] == [False, True, False, False]
    assert page.text("#reading").startswith("“TWO” looked at “two” 92 %")
    page.focused().send_keys(Keys.END)
    assert page.text("#reading").startswith("the end looked at the end 92 %")


def test_pointing_at_a_row_lights_it(page):
    page.translate("one two")
    page.wait(lambda: page.all(".map tbody tr"))
    row = page.all(".map tbody tr")[1]
    webdriver.ActionChains(page.driver).move_to_element(row).perform()
    page.wait(lambda: "lit" in row.get_attribute("class"))
    assert [head.text for head in page.all(".map thead th.lit")] == ["·one"]
    webdriver.ActionChains(page.driver).move_to_element(page.one("h1")).perform()
    page.wait(lambda: "lit" not in (row.get_attribute("class") or ""))


def test_the_search_is_what_was_set(page):
    for name, value in (("beam_size", "2"), ("n_best", "1")):
        page.one(f"#{name}").clear()
        page.one(f"#{name}").send_keys(value)
    page.one("#n_best").send_keys(Keys.ENTER)  # nothing to translate
    page.wait(lambda: page.error().startswith("There is nothing to translate yet"))
    page.translate("x")
    page.wait(lambda: page.lines() == ["X"])
    assert page.error() == ""
    assert len(page.all("#hypotheses label")) == 1


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("beam_size", "0", "Beam size must be from 1 to 64."),
        ("beam_size", "2.5", "Beam size must be a whole number."),
        ("n_best", "9", "There cannot be more results than the beam is wide: at most 5."),
        ("length_penalty", "", "Length penalty must be from 0 to 10."),
    ],
)
def test_settings_that_cannot_be_are_told_at_their_field(page, name, value, told):
    field = page.one(f"#{name}")
    field.clear()
    field.send_keys(value)
    page.translate("x")
    page.wait(lambda: page.error() == told)
    assert page.focused() == field
    assert field.get_attribute("aria-invalid") == "true"


def test_what_the_model_refuses_is_told(page):
    page.translate("refuse me")
    page.wait(lambda: page.error().startswith("text is refused"))
    page.translate("x")
    page.wait(lambda: page.lines() == ["X"] and page.error() == "")


def test_text_is_never_taken_for_markup(page):
    page.translate("<img src=x onerror=alert(1)> </b>")
    page.wait(lambda: page.lines() == [translated("<img src=x onerror=alert(1)> </b>")])
    assert page.all("main img") == []


def test_a_narrow_screen_needs_no_sideways_scrolling_even_for_long_sentences(page):
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen(340, 700))
    page.translate("extraordinarily " * 40)
    page.wait(lambda: len(page.all(".map tbody tr")) == 41)
    content, window = page.width()
    assert content <= window == 340
    assert page.driver.execute_script(
        "const box = document.getElementById('scroll'); return box.scrollWidth > box.clientWidth"
    )
    head = page.all(".map tbody th")[5]
    before = head.rect["x"]
    page.driver.execute_script("document.getElementById('scroll').scrollLeft = 200")
    assert abs(head.rect["x"] - before) <= 2  # what was written stays in sight


def test_it_is_dark_where_the_system_is(page):
    def ground() -> str:
        return page.one("body").value_of_css_property("background-color")

    prefer(page.driver, "light")
    light = ground()
    prefer(page.driver, "dark")
    dark = ground()
    prefer(page.driver, "light")
    assert brightness(light) > 200
    assert brightness(dark) < 50


def test_every_control_has_a_name_for_screen_readers(page):
    page.translate("a b")
    page.wait(lambda: page.all(".map tbody tr"))
    page.driver.execute_cdp_cmd("Accessibility.enable", {})
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    named = {"textbox", "spinbutton", "button", "radio", "table", "region", "rowheader", "columnheader"}
    controls = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node.get("ignored") and node["role"]["value"] in named
    ]
    assert {role for role, _ in controls} >= {"textbox", "spinbutton", "button", "radio", "table"}
    assert [control for control in controls if not control[1].strip()] == []


def test_a_server_that_is_busy_or_gone_is_told_kindly(browser, tmp_path):
    model = UppercaseModel()
    with running_server(tmp_path, model, timeout_seconds=0.5) as server:
        page = Page(browser, server.address)
        page.translate("slowly")
        page.wait(lambda: page.error().startswith("This took too long"))
        model.gate.set()
    page.translate("x")
    page.wait(lambda: page.error() == "The server does not answer. Is it still running?")
    time.sleep(0.1)
    browser.get_log("browser")
