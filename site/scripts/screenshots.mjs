// Pictures of every kind of page in target/screenshots, to be looked at after a change of style.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openBrowser } from "../test/browser.mjs";
import { example, writeSite } from "../test/data.mjs";
import { ASSETS, TARGET } from "../test/paths.mjs";

const PAGES = {
  home: "#/",
  list: "#/list/feature-views",
  view: "#/resource/feature-views.aircraft_delays.v1",
  deprecated: "#/resource/feature-views.aircraft_delays.v0",
  trainingset: "#/resource/training-sets.delays.v1",
  feature: "#/feature/aircraft_delays.v1/aircraft_mean_delay_7d",
  category: "#/feature/aircraft_delays.v1/aircraft_usual_outcome",
  lineage: "#/lineage/feature-views.aircraft_delays.v1",
  search: "#/search?q=delay",
};

const out = join(TARGET, "screenshots");
mkdirSync(out, { recursive: true });
const site = writeSite(join(TARGET, "example"), ASSETS, example());
const browser = await openBrowser();
const page = await browser.newPage();
for (const [look, width, height, scheme] of [
  ["light", 1280, 900, "light"],
  ["dark", 1280, 900, "dark"],
  ["phone", 360, 760, "light"],
]) {
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  for (const [name, hash] of Object.entries(PAGES)) {
    await page.goto("about:blank");
    await page.goto(pathToFileURL(join(site, "index.html")).href + hash);
    await page.waitForFunction(() => document.querySelector("h1") && !document.querySelector("[aria-busy]"));
    await page.screenshot({ path: join(out, `${name}-${look}.png`), fullPage: true });
  }
  await page.keyboard.press("/");
  await page.keyboard.type("delay");
  await page.waitForSelector("#found li");
  await page.screenshot({ path: join(out, `found-${look}.png`) });
}
await browser.close();
