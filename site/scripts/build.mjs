// Bundles the front end into the folder named by the first argument, and lists what is there in files.txt.
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const out = process.argv[2] ?? join(here, "target/classes/dev/tidemark/site");

/** What may be inside a work under the Apache License 2.0 with no more than its notice. */
const FIT = new Set(["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD"]);

const tsc = join(here, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "--noEmit", "--project", here], { stdio: "inherit" });

await mkdir(out, { recursive: true });
for (const old of await ours()) await rm(join(out, old));
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.ts", "app-style": "src/style.css" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022", "chrome123", "firefox121", "safari17.5"],
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});
await copyFile(join(out, "app-style.css"), join(out, "app.css"));
await rm(join(out, "app-style.css"));
for (const name of ["index.html", "icon.svg"]) {
  await copyFile(join(here, "src", name), join(out, name));
}
await writeFile(join(out, "THIRD-PARTY.txt"), await notices(Object.keys(metafile.inputs)));
const names = await ours();
await writeFile(join(out, "files.txt"), names.map((name) => `${name}\n`).join(""));

/** The files there, without the classes that Maven compiles beside them. */
async function ours() {
  return (await readdir(out)).filter((name) => !name.endsWith(".class")).sort();
}

/** The licences of the packages that these files are of. */
async function notices(inputs) {
  const packages = new Set(
    inputs.flatMap((input) => {
      const parts = input.split(/[\\/]/);
      const last = parts.lastIndexOf("node_modules");
      if (last < 0) return [];
      return [parts.slice(0, last + (parts[last + 1].startsWith("@") ? 3 : 2)).join("/")];
    }),
  );
  // Dagre's file holds graphlib already.
  if (packages.has("node_modules/@dagrejs/dagre")) packages.add("node_modules/@dagrejs/graphlib");
  let text = "Tidemark's catalogue site holds these libraries.\n";
  for (const folder of [...packages].sort()) {
    const about = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
    if (!FIT.has(about.license)) {
      throw new Error(`${about.name} ${about.version}: licence ${about.license} is not one of ${[...FIT].join(", ")}`);
    }
    const file = (await readdir(join(here, folder))).find((name) => /^licen[cs]e/i.test(name));
    if (!file) throw new Error(`${relative(here, folder)}${sep} has no licence file`);
    const licence = (await readFile(join(here, folder, file), "utf8")).trim();
    text += `\n${"-".repeat(72)}\n${about.name} ${about.version} (${about.license})\n\n${licence}\n`;
  }
  return text;
}
