"""A real browser without a window, for the tests of pages."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
QUIET = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
OFFLINE = ("--disable-background-networking", "--disable-component-update")

needs_browser = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="no browser: apt-get install chromium chromium-driver for this test"
)


@contextmanager
def headless_browser():
    """A driver whose log holds all that the console of a page was told."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    with tempfile.TemporaryDirectory() as profile:
        for argument in (*QUIET, *OFFLINE, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        yield driver
        driver.quit()


def screen(width: int, height: int) -> dict:
    """What `Emulation.setDeviceMetricsOverride` takes."""
    return {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}


def prefer(driver, scheme: str) -> None:
    """Lets the system prefer "light" or "dark"."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def brightness(colour: str) -> float:
    """The mean of red, green and blue, from 0 to 255, of a colour as a browser computes it."""
    numbers = [float(number) for number in colour[colour.index("(") + 1 : -1].split(",")]
    return sum(numbers[:3]) / 3
