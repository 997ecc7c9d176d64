// A real headless Chromium: the one CHROME_BIN names, or else the one that npm brought.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import puppeteer from "puppeteer-core";
import { TARGET } from "./paths.mjs";

const PACKED = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../../bin");
const VERSION = JSON.parse(readFileSync(join(PACKED, "../package.json"), "utf8")).version;

/** Opens the browser; it may reach no network even if a page asked for it. */
export async function openBrowser() {
  const { executablePath, libraries } = chromium();
  return puppeteer.launch({
    executablePath,
    headless: "shell",
    env: libraries ? { ...process.env, LD_LIBRARY_PATH: libraries } : process.env,
    args: [
      "--no-sandbox", // Builds run as root in containers, where there is no sandbox to be had.
      "--disable-dev-shm-usage",
      "--disable-gpu",
      "--no-zygote",
      "--hide-scrollbars",
      "--host-resolver-rules=MAP * ~NOTFOUND",
    ],
  });
}

function chromium() {
  if (process.env.CHROME_BIN) {
    return { executablePath: process.env.CHROME_BIN };
  }
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error("The tests bring a Chromium for Linux on x64 only: set CHROME_BIN to a Chromium or Chrome here.");
  }
  const folder = join(TARGET, "browser", VERSION);
  const executablePath = join(folder, "chromium");
  if (!existsSync(executablePath)) {
    mkdirSync(folder, { recursive: true });
    unpack("swiftshader.tar.br", folder);
    writeFileSync(executablePath, brotliDecompressSync(readFileSync(join(PACKED, "chromium.br"))), { mode: 0o755 });
  }
  if (missing(executablePath, "").length === 0) {
    return { executablePath };
  }
  // A bare system without what every desktop has: the package brings those as well.
  const libraries = join(folder, "al2023", "lib");
  if (!existsSync(libraries)) {
    mkdirSync(join(folder, "al2023"), { recursive: true });
    unpack("al2023.tar.br", join(folder, "al2023"));
  }
  const still = missing(executablePath, libraries);
  if (still.length > 0) {
    throw new Error(
      `Chromium lacks ${still.join(", ")} on this system. Install a Chromium and set CHROME_BIN to it; on Debian: apt-get install chromium`,
    );
  }
  return { executablePath, libraries };
}

function unpack(archive, folder) {
  execFileSync("tar", ["-x", "-C", folder], { input: brotliDecompressSync(readFileSync(join(PACKED, archive))) });
}

function missing(executablePath, libraries) {
  const { stdout } = spawnSync("ldd", [executablePath], {
    encoding: "utf8",
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
  });
  return [...(stdout ?? "").matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name);
}
