"""The report in a real browser: its sentences and heat maps, by keyboard, in the dark, on a narrow screen, on paper."""

from __future__ import annotations

import pytest

pytest.importorskip("selenium", reason="selenium is not installed")

from headless import brightness, headless_browser, needs_browser, prefer, screen
from report_data import HOSTILE, RIGHT_TO_LEFT, report_data
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from seq2seq.report import render_report

pytestmark = [pytest.mark.slow, needs_browser]
NAMES = ["base", HOSTILE, "third"]


@pytest.fixture(scope="module")
def browser():
    with headless_browser() as driver:
        yield driver


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_report(report_data(NAMES)), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser, address):
    browser.get_log("browser")
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen(1200, 900))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "screen"})
    prefer(browser, "light")
    browser.get(address)
    browser.execute_script("localStorage.clear()")
    browser.get(address)
    yield Page(browser)
    assert browser.get_log("browser") == []  # no error of a script, and nothing that the policy had to stop
    assert browser.execute_script("return window.broken") is None


class Page:
    """The report, by what a person does and sees."""

    def __init__(self, driver) -> None:
        self.driver = driver

    def all(self, selector: str) -> list:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        return [element.text for element in self.all(selector)]

    def control(self, label: str):
        """The control whose label is that."""
        (found,) = [one for one in self.all(".controls label") if one.text.split("\n")[0] == label]
        return found.find_element(By.CSS_SELECTOR, "input, select")

    def choose(self, label: str, option: str) -> None:
        Select(self.control(label)).select_by_visible_text(option)

    def click(self, element) -> None:
        """In the middle of the window, where nothing that stays at its edge lies over it."""
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def lines(self) -> list[int]:
        return [int(text.removeprefix("Line ")) for text in self.texts(".sentence h3")]


def test_hostile_text_is_shown_as_text(page):
    assert page.one("h1").text.startswith("Evaluation on </script><script>window.broken=1</script><img")
    page.choose("Sort by", "line")
    assert page.lines()[:3] == [1, 2, 3]
    first = page.all(".sentence")[0]
    assert "onerror=window.broken=2>" in first.find_element(By.CSS_SELECTOR, "dd").text
    assert page.all("main img") == []
    second = page.all(".sentence")[1].find_element(By.CSS_SELECTOR, "dd")
    assert second.text == RIGHT_TO_LEFT
    assert second.value_of_css_property("direction") == "rtl"
    assert first.find_element(By.CSS_SELECTOR, "dd").value_of_css_property("direction") == "ltr"


def test_sentences_are_found_filtered_sorted_and_turned_over(page):
    assert page.one(".status[role=status]").text == "1 to 20 of 45 sentences"
    page.choose("Sort by", "chrF2 of third")
    scores = [float(text.split()[1]) for text in page.texts(".output:nth-child(3) .quiet")]
    assert len(scores) == 20
    assert scores == sorted(scores)
    page.click(page.one("#sentence-view button"))
    assert page.one("#sentence-view button").text == "↓ high to low"
    turned = [float(text.split()[1]) for text in page.texts(".output:nth-child(3) .quiet")]
    assert turned == sorted(turned, reverse=True)
    assert turned[0] > scores[-1]
    page.choose("Sort by", "line")
    assert page.lines() == list(range(45, 25, -1))
    following = page.all(".pager button")[1]
    page.click(following)
    page.click(following)
    assert page.lines() == [5, 4, 3, 2, 1]
    assert not following.is_enabled()
    page.control("Find").send_keys("NUMBER4 different4")
    assert page.lines() == [45, 44, 43, 42, 41, 5]
    page.control("Find").send_keys("x")
    assert page.lines() == []
    assert page.one(".status[role=status]").text == "No sentence has all of that."
    page.control("Find").send_keys(Keys.CONTROL, "a")
    page.control("Find").send_keys(Keys.BACKSPACE)
    page.choose("Show", "with attention")
    assert page.lines() == [3, 1]
    page.choose("Show", "systems differ")
    assert len(page.lines()) == 20


def test_differences_are_marked_against_the_reference_or_the_first_system(page):
    page.choose("Sort by", "line")
    fourth = page.all(".sentence")[3]

    def marks() -> list[list[str]]:
        found = page.all(".sentence")[3].find_elements(By.CSS_SELECTOR, ".output")
        return [[mark.text for mark in output.find_elements(By.TAG_NAME, "mark")] for output in found]

    assert marks() == [["different3"], ["different3"], ["different3"]]
    assert fourth.find_elements(By.CSS_SELECTOR, ".output p")[2].text == "equal different3 by 2"
    page.choose("Mark differences", "against base")
    assert marks() == [[], ["1"], ["2"]]
    page.choose("Mark differences", "none")
    assert marks() == [[], [], []]


def test_a_heat_map_says_what_each_piece_looked_at_by_keyboard_too(page):
    assert page.one("#attention-choice").get_attribute("value") == "1"
    assert page.texts(".map tbody th") == ["C", "·B", "end"]
    assert page.texts(".map thead th")[::3] == ["a", "end"]
    head = page.one(".map tbody th")
    page.driver.execute_script("arguments[0].focus()", head)
    assert page.one(".reading").text.startswith("“C” looked at “a” 92 %")
    head.send_keys(Keys.ARROW_DOWN)
    assert [("lit" in row.get_attribute("class")) for row in page.all(".map tbody tr")] == [False, True, False]
    assert page.one(".reading").text.startswith("“B” looked at “b” 92 %")
    page.driver.switch_to.active_element.send_keys(Keys.END)
    assert page.one(".reading").text.startswith("the end looked at “</script>")
    page.click(page.all("#attention .controls button")[1])
    assert page.one("#attention-choice").get_attribute("value") == "3"
    assert len(page.all(".map.dense")) == 3
    assert len(page.all(".map")[2].find_elements(By.CSS_SELECTOR, "tbody tr")) == 60
    page.click(page.all("#attention .controls button")[2])
    assert page.driver.switch_to.active_element.get_attribute("id") == "line-3"


def test_rows_and_columns_of_a_long_map_lie_at_their_pieces(page):
    Select(page.one("#attention-choice")).select_by_value("3")
    box, strongest = page.driver.execute_script("""
        const box = document.querySelector('.map');
        const at = (element) => element.getBoundingClientRect();
        const off = [...box.querySelectorAll('tbody tr')].map((row, place) => {
            const cell = at(row.cells[place + 1]), side = at(row.cells[0]);
            const top = at(box.querySelectorAll('thead th')[place]);
            return Math.max(Math.abs(cell.top - side.top), Math.abs(cell.left + cell.right - top.left - top.right) / 2);
        });
        return [Math.max(...off), getComputedStyle(box.querySelector('tbody td')).backgroundColor];
    """)
    assert box <= 1.0
    weak = page.all(".map tbody td")[1].value_of_css_property("background-color")
    assert strongest != weak


def test_a_sentence_leads_to_its_attention_and_back(page):
    page.choose("Show", "with attention")
    page.choose("Sort by", "line")
    page.click(page.all(".sentence header button")[1])
    assert page.one("#attention-choice").get_attribute("value") == "3"
    assert page.driver.switch_to.active_element == page.one("#attention-choice")
    page.choose("Show", "systems differ")
    page.control("Find").send_keys("no such words")
    page.click(page.all("#attention .controls button")[2])
    assert page.driver.switch_to.active_element.get_attribute("id") == "line-3"
    assert page.control("Find").get_attribute("value") == ""


def test_it_is_dark_where_the_system_is_unless_the_reader_wants_otherwise(page):
    def ground() -> float:
        return brightness(page.one("body").value_of_css_property("background-color"))

    theme = page.one("#theme")
    assert theme.text == "Theme: auto"
    assert ground() > 200
    prefer(page.driver, "dark")
    assert ground() < 50
    page.click(theme)
    assert (theme.text, ground() > 200) == ("Theme: light", True)
    prefer(page.driver, "light")
    page.click(theme)
    assert (theme.text, ground() < 50) == ("Theme: dark", True)
    page.driver.refresh()
    assert page.one("#theme").text == "Theme: dark"
    assert ground() < 50
    page.click(page.one("#theme"))
    assert ground() > 200


@pytest.mark.parametrize("width", [340, 800])
def test_a_narrow_screen_needs_no_sideways_scrolling(page, width):
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen(width, 700))
    Select(page.one("#attention-choice")).select_by_value("3")
    for details in page.all("details"):
        page.driver.execute_script("arguments[0].open = true", details)
    content, window = page.driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert content <= window
    scrolls = page.driver.execute_script(
        "const box = document.querySelector('.map'); box.scrollLeft = 90; return box.scrollWidth > box.clientWidth"
    )
    assert scrolls
    heads = page.driver.execute_script(
        "const box = document.querySelector('.map');"
        "return box.querySelector('tbody th').getBoundingClientRect().left - box.getBoundingClientRect().left"
    )
    assert abs(heads) <= 2  # what was written stays in sight


def test_every_control_can_be_reached_and_has_a_name(page):
    page.driver.execute_cdp_cmd("Accessibility.enable", {})
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    wanted = {"searchbox", "combobox", "button", "table", "region", "rowheader", "columnheader", "image", "article"}
    controls = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node.get("ignored") and node["role"]["value"] in wanted
    ]
    assert {role for role, _ in controls} >= {"searchbox", "combobox", "button", "region", "image"}
    unnamed = [control for control in controls if not control[1].strip() and control[0] not in ("table", "rowheader")]
    assert unnamed == []
    reached = set()
    for _ in range(80):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        focused = page.driver.switch_to.active_element
        if focused.tag_name == "body":
            break
        assert focused.value_of_css_property("outline-style") != "none", focused.get_attribute("outerHTML")[:80]
        reached.add(focused.get_attribute("id") or focused.tag_name)
    assert reached >= {"theme", "attention-choice", "a", "summary", "th", "input", "select", "button"}


def test_paper_has_all_numbers_and_no_controls(page):
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen(720, 1000))
    Select(page.one("#attention-choice")).select_by_value("3")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    page.driver.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert not page.one("nav").is_displayed()
    assert not page.one(".controls").is_displayed()
    assert all(details.get_attribute("open") for details in page.all("details"))
    widest = page.driver.execute_script(
        "return Math.max(...[...document.querySelectorAll('table')].map((one) => one.getBoundingClientRect().right))"
    )
    assert widest <= 720  # what does not fit on paper is lost
    assert brightness(page.one("main > section").value_of_css_property("background-color")) > 200
    assert len(page.driver.execute_cdp_cmd("Page.printToPDF", {})["data"]) > 10_000


def test_a_report_of_one_system_has_nothing_to_compare(page, tmp_path):
    path = tmp_path / "one.html"
    path.write_text(render_report(report_data(["alone"], attention={}, lines=900)), encoding="utf-8")
    page.driver.get(path.as_uri())
    assert page.one(".status[role=status]").text.endswith("; the report holds 45 of 900 lines")
    assert "systems differ" not in page.control("Show").text
    assert "against alone" not in page.control("Mark differences").text
    assert page.texts(".output h4")[1].startswith("Translation")
