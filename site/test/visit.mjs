// Opens every page of a site that `tidemark docs` wrote: node test/visit.mjs FOLDER
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openBrowser } from "./browser.mjs";

const [folder] = process.argv.slice(2);
let index;
new Function("tidemark", readFileSync(join(folder, "data/index.js"), "utf8"))({ index: (data) => (index = data) });

const part = encodeURIComponent;
const pages = ["#/", "#/list", "#/list/features", "#/search?q=a"];
for (const resource of index.resources) {
  pages.push(`#/list/${resource.kind}`, `#/resource/${part(resource.id)}`, `#/lineage/${part(resource.id)}`);
  for (const column of resource.columns) {
    pages.push(
      resource.kind === "feature-views"
        ? `#/feature/${part(resource.name)}/${part(column)}`
        : `#/column/${part(resource.id)}/${part(column)}`,
    );
  }
}

const complaints = [];
const browser = await openBrowser();
try {
  const page = await browser.newPage();
  page.on("console", (message) => ["error", "warn"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => request.url().startsWith("file:") || complaints.push(`asks for ${request.url()}`));
  await page.goto(pathToFileURL(join(folder, "index.html")).href);
  for (const hash of new Set(pages)) {
    await page.evaluate((to) => (location.hash = to), hash);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    await page.waitForFunction(() => document.querySelector("h1") && !document.querySelector("[aria-busy]"));
    const text = await page.$eval("main", (main) => main.innerText);
    if (/\b(undefined|NaN|\[object)\b/.test(text) || /not found|can't be (read|loaded)/i.test(text)) {
      complaints.push(`${hash}: ${text.slice(0, 300)}`);
    }
  }
} finally {
  await browser.close();
}
complaints.forEach((complaint) => console.error(complaint));
console.log(`visited ${new Set(pages).size} pages`);
process.exit(complaints.length === 0 ? 0 : 1);
