import { h, type Child } from "../dom.ts";

let sections = 0;

/** A part of a page under its own heading. */
export function section(heading: string, ...content: Child[]): HTMLElement {
  const id = `section-${sections++}`;
  return h("section", { "aria-labelledby": id }, h("h2", { id }, heading), content);
}

/** What the data lack, in words. */
export function missing(text: string): HTMLElement {
  return h("p", { class: "missing" }, text);
}

/** A heading that takes the focus when its page opens. */
export function title(...content: Child[]): HTMLElement {
  return h("h1", { tabindex: -1 }, content);
}

/** Words and what they stand for; those that stand for nothing are left out. */
export function facts(pairs: [string, Child][]): HTMLElement {
  return h(
    "dl",
    { class: "facts" },
    pairs
      .filter(([, child]) => child !== null && child !== undefined && child !== false)
      .map(([word, child]) => h("div", {}, h("dt", {}, word), h("dd", {}, child))),
  );
}

/** A table that scrolls by itself where it is wider than the page. */
export function table(label: string, head: Child[], rows: Child[][], numeric: number[] = []): HTMLElement {
  const classOf = (i: number) => (numeric.includes(i) ? "numeric" : null);
  return h(
    "div",
    { class: "wide", tabindex: 0, role: "region", "aria-label": label },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, head.map((cell, i) => h("th", { scope: "col", class: classOf(i) }, cell)))),
      h(
        "tbody",
        {},
        rows.map((row) => h("tr", {}, row.map((cell, i) => h("td", { class: classOf(i) }, cell)))),
      ),
    ),
  );
}
