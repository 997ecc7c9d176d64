import type { Catalogue } from "../catalogue.ts";
import type { Column, Detail, Resource } from "../contract.ts";
import { h, type Child } from "../dom.ts";
import { toColumn } from "../routes.ts";
import { number, share, value, writable } from "../words.ts";
import { smallPlot } from "./plot.ts";
import { missing, table } from "./section.ts";

/** Why there are no statistics, of one column or of all. */
export function noStatistics(resource: Resource, detail: Detail): string {
  return writable(resource) && detail.status.materialized_to === null && detail.runs.length === 0
    ? "No statistics yet: nothing is written that could be measured."
    : "No statistics yet: none were measured.";
}

/** The columns of a resource, each a link to its page, with the statistics that there are. */
export function columnTable(resource: Resource, detail: Detail, catalogue: Catalogue): Child {
  const columns = detail.columns.length > 0 ? detail.columns : resource.columns.map(bare);
  if (columns.length === 0) {
    return missing("Its columns are not known.");
  }
  const typed = columns.some((column) => column.type !== null);
  const measured = columns.some((column) => column.statistics !== null);
  const derived = columns.some((column) => column.from.length > 0);
  const head = ["Name"];
  typed && head.push("Type");
  measured && head.push("Distribution", "Nulls", "Distinct", "Least", "Greatest", "Mean");
  derived && head.push("From");
  const rows = columns.map((column) => {
    const cells: Child[] = [
      [
        h("a", { class: "name", href: toColumn(resource, column.name) }, column.name),
        column.description !== null && h("div", { class: "note" }, column.description),
      ],
    ];
    typed && cells.push(column.type === null ? "" : h("code", {}, column.type));
    measured && cells.push(...measures(column));
    derived && cells.push(origins(column, catalogue));
    return cells;
  });
  const first = head.indexOf("Nulls");
  return [
    table(`Columns of ${resource.name}`, head, rows, first < 0 ? [] : [0, 1, 2, 3, 4].map((i) => first + i)),
    !measured && missing(noStatistics(resource, detail)),
  ];
}

function bare(name: string): Column {
  return { name, type: null, description: null, from: [], statistics: null };
}

function measures({ statistics }: Column): Child[] {
  if (!statistics) {
    return [h("span", { class: "missing" }, "none"), "", "", "", "", ""];
  }
  return [
    smallPlot(statistics.histogram),
    share(statistics.nulls, statistics.rows),
    statistics.distinct === null ? "" : number(statistics.distinct),
    statistics.min === null ? "" : short(value(statistics.min)),
    statistics.max === null ? "" : short(value(statistics.max)),
    statistics.mean === null ? "" : number(statistics.mean),
  ];
}

function short(text: string): Child {
  return text.length <= 24 ? text : h("span", { title: text }, `${text.slice(0, 22)}…`);
}

/** Where a column's values come from; each that is in the catalogue is a link. */
export function origins(column: Column, catalogue: Catalogue): Child {
  return column.from.map((text, i) => {
    const origin = catalogue.column(text);
    return [
      i > 0 && ", ",
      origin ? h("a", { class: "name", href: toColumn(origin.resource, origin.name) }, text.replace(/^[\w-]+\./, "")) : text,
    ];
  });
}
