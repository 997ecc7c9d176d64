import type { Histogram, Statistics } from "../contract.ts";
import { h, s } from "../dom.ts";
import { count, number, share, value } from "../words.ts";

const BARS = 24;

/** A distribution small enough for a table's cell. Its words are in the cells beside it. */
export function smallPlot(histogram: Histogram | null | undefined): Element {
  const counts = (histogram?.counts ?? []).slice(0, BARS);
  const most = Math.max(...counts, 0);
  if (!histogram || most <= 0) {
    return h("span", { class: "missing" }, "none");
  }
  const width = 96 / counts.length;
  return s(
    "svg",
    { class: "spark", viewBox: "0 0 96 24", role: "img", "aria-label": inWords(histogram) },
    counts.map((n, i) => {
      const height = n === 0 ? 0 : Math.max(1, (n / most) * 23);
      return s("rect", {
        x: (i * width).toFixed(2),
        y: (24 - height).toFixed(2),
        width: Math.max(0.5, width - 1).toFixed(2),
        height: height.toFixed(2),
      });
    }),
    s("line", { x1: 0, y1: 23.75, x2: 96, y2: 23.75 }),
  );
}

/** A distribution with its axis, and the same as a table. */
export function plot(name: string, statistics: Statistics): HTMLElement {
  const histogram = statistics.histogram;
  if (!histogram || histogram.counts.length === 0) {
    return h("p", { class: "missing" }, "No distribution: it was not measured for this column.");
  }
  return h(
    "figure",
    { class: "plot" },
    histogram.kind === "numeric" ? bins(histogram) : bars(histogram),
    h("figcaption", {}, `Distribution of ${name}. ${inWords(histogram)}.`),
    asTable(histogram),
  );
}

const W = 640;
const H = 200;

function bins(histogram: Histogram): Element {
  const { counts, labels } = histogram;
  const most = Math.max(...counts, 1);
  const width = W / counts.length;
  const bottom = H - 24;
  const ticks = edgesToName(labels.length);
  return s(
    "svg",
    { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": inWords(histogram) },
    counts.map((n, i) => {
      const height = n === 0 ? 0 : Math.max(1, (n / most) * (bottom - 8));
      return s(
        "rect",
        {
          class: "bar",
          x: (i * width + 0.5).toFixed(2),
          y: (bottom - height).toFixed(2),
          width: Math.max(0.5, width - 1).toFixed(2),
          height: height.toFixed(2),
        },
        s("title", {}, `${span(labels, i)}: ${count(n, "row")}`),
      );
    }),
    s("line", { class: "axis", x1: 0, y1: bottom, x2: W, y2: bottom }),
    ticks.map((i) =>
      s(
        "text",
        {
          x: (i * width).toFixed(2),
          y: H - 6,
          "text-anchor": i === 0 ? "start" : i === labels.length - 1 ? "end" : "middle",
        },
        value(labels[i] ?? ""),
      ),
    ),
  );
}

/** Five at most, ends included, so that they do not touch. */
function edgesToName(edges: number): number[] {
  const steps = Math.min(4, edges - 1);
  return Array.from({ length: steps + 1 }, (_, i) => Math.round((i * (edges - 1)) / steps));
}

function bars(histogram: Histogram): HTMLElement {
  const most = Math.max(...histogram.counts, 1);
  const total = sum(histogram.counts);
  return h(
    "div",
    { class: "bars", role: "img", "aria-label": inWords(histogram) },
    histogram.counts.map((n, i) =>
      h(
        "div",
        { class: "bar-row" },
        h("span", { class: "bar-label" }, histogram.labels[i] ?? ""),
        s(
          "svg",
          { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
          s("rect", { class: "bar", width: ((100 * n) / most).toFixed(2), height: 10 }),
        ),
        h("span", { class: "bar-share" }, share(n, total)),
      ),
    ),
  );
}

function asTable({ kind, labels, counts }: Histogram): HTMLElement {
  const total = sum(counts);
  return h(
    "details",
    {},
    h("summary", {}, "The same as a table"),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, kind === "numeric" ? "From, to" : "Value"),
          h("th", { scope: "col", class: "numeric" }, "Rows"),
          h("th", { scope: "col", class: "numeric" }, "Share"),
        ),
      ),
      h(
        "tbody",
        {},
        counts.map((n, i) =>
          h(
            "tr",
            {},
            h("td", {}, kind === "numeric" ? span(labels, i) : (labels[i] ?? "")),
            h("td", { class: "numeric" }, number(n)),
            h("td", { class: "numeric" }, share(n, total)),
          ),
        ),
      ),
    ),
  );
}

function span(labels: string[], i: number): string {
  return `${value(labels[i] ?? "")} to ${value(labels[i + 1] ?? "")}`;
}

function inWords({ kind, labels, counts }: Histogram): string {
  const top = counts.indexOf(Math.max(...counts));
  const part = share(counts[top] ?? 0, sum(counts));
  return kind === "numeric"
    ? `${count(counts.length, "bin")} from ${value(labels[0] ?? "")} to ${value(labels[labels.length - 1] ?? "")}; most rows, ${part}, from ${span(labels, top)}`
    : `${count(counts.length, "value")}; most frequent ${labels[top] ?? ""}, ${part}`;
}

function sum(counts: number[]): number {
  return counts.reduce((a, b) => a + b, 0);
}
