from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

PHONE, DESKTOP = 390, 1280
BARS = "#figure [role=button]"


class Page:
    """The explorer, opened; its methods say what a reader does and sees."""

    def __init__(self, driver, file):
        self.driver, self.url = driver, file.as_uri()

    def open(self, width=DESKTOP, address="", **media):
        media = {"prefers_reduced_motion": "reduce"} | media
        features = [
            {"name": name.replace("_", "-"), "value": value}
            for name, value in media.items()
        ]
        self.cdp("Emulation.setEmulatedMedia", features=features, media="")
        size = {"width": width, "height": 900, "deviceScaleFactor": 1}
        self.cdp("Emulation.setDeviceMetricsOverride", mobile=width == PHONE, **size)
        self.driver.get("about:blank")
        self.driver.get(self.url + address)
        self.until(lambda: self.js("return document.documentElement.dataset.drawn"))
        return self

    def cdp(self, command, **words):
        return self.driver.execute_cdp_cmd(command, words)

    def js(self, script, *words):
        return self.driver.execute_script(script, *words)

    def until(self, condition):
        WebDriverWait(self.driver, 20, 0.05).until(lambda _: condition())

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.one(selector).text

    def bars(self):
        """The steps of the first panel's bars, from above."""
        return self.js(
            "return [...document.querySelectorAll(arguments[0])]"
            ".sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y)"
            ".filter(one => one.dataset.place.startsWith('0,'))"
            ".map(one => one.dataset.step)",
            BARS,
        )

    def rows(self):
        return [row.get_attribute("data-step") for row in self.all("#table tbody tr")]

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self):
        return self.driver.switch_to.active_element

    def chose(self, step):
        """Wait until the step is chosen in figure, table and details."""
        self.until(lambda: self.text("tr.chosen .words button") != "")
        chosen = f"#table tr.chosen[data-step={step}]"
        self.until(lambda: self.all(chosen))
        pressed = f"{BARS}[data-step={step}][aria-pressed=true]"
        self.until(lambda: self.all(pressed))
        return True
