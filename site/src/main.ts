import { Catalogue } from "./catalogue.ts";
import type { Detail, IndexFile } from "./contract.ts";
import { Details } from "./details.ts";
import { Shell } from "./shell.ts";
import { applyStoredTheme } from "./theme.ts";

applyStoredTheme();

const details = new Details();
let catalogue: Catalogue | undefined;

/** What the data files call. */
Object.defineProperty(globalThis, "tidemark", {
  value: Object.freeze({
    index: (data: IndexFile) => {
      catalogue = new Catalogue(data);
    },
    detail: (id: string, data: Detail) => details.receive(id, data),
  }),
});

document.addEventListener("DOMContentLoaded", () => {
  if (catalogue) {
    new Shell(catalogue, details).open();
  } else {
    const main = document.querySelector("main");
    main?.replaceChildren(
      "The catalogue can't be read: data/index.js is missing or broken. Write the site again with `tidemark docs`.",
    );
  }
});
