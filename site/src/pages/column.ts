import type { Catalogue } from "../catalogue.ts";
import type { Column, Detail, Resource, Statistics } from "../contract.ts";
import { h, type Child } from "../dom.ts";
import { badge } from "../parts/badge.ts";
import { code } from "../parts/code.ts";
import { noStatistics, origins } from "../parts/columns.ts";
import { later } from "../parts/later.ts";
import { plot } from "../parts/plot.ts";
import { resourceLinks } from "../parts/resources.ts";
import { facts, missing, section, title } from "../parts/section.ts";
import { ownerLink, tagLinks } from "../parts/tags.ts";
import { to, toLineage, toResource, type Route } from "../routes.ts";
import { count, freshness, number, share, value } from "../words.ts";
import { missingPage } from "./missing.ts";
import type { Page, Site } from "./page.ts";

/** A feature: `#/feature/<view>/<column>`. */
export function featurePage(site: Site, route: Route): Page {
  const [view = "", name = ""] = route.parts;
  return page(site, route, site.catalogue.view(view), name);
}

/** A column of anything else: `#/column/<id>/<column>`. */
export function columnPage(site: Site, route: Route): Page {
  const [id = "", name = ""] = route.parts;
  return page(site, route, site.catalogue.find(id), name);
}

function page(site: Site, route: Route, resource: Resource | undefined, name: string): Page {
  if (!resource || (resource.columns.length > 0 && !resource.columns.includes(name))) {
    return missingPage(site, route, `There is no ${route.parts.join(".")} here.`);
  }
  const what = resource.kind === "feature-views" ? "Feature" : "Column";
  return {
    title: `${name}, ${what.toLowerCase()} of ${resource.name}`,
    content: [
      h(
        "p",
        { class: "crumb" },
        `${what} of `,
        h("a", { class: "name", href: toResource(resource) }, resource.name),
      ),
      h("div", { class: "title" }, title(h("span", { class: "name" }, name)), badge(resource.status)),
      later(site, resource, (detail) => body(site.catalogue, resource, detail, name)),
    ],
  };
}

function body(catalogue: Catalogue, resource: Resource, detail: Detail, name: string): Child {
  const column = detail.columns.find((each) => each.name === name);
  return [
    column && column.description !== null
      ? h("p", { class: "lead" }, column.description)
      : resource.description !== null && h("p", { class: "lead" }, resource.description),
    resource.tags.length > 0 && h("p", { class: "tags" }, tagLinks(resource.tags)),
    facts([
      ["Type", column?.type && h("code", {}, column.type)],
      ["From", column && column.from.length > 0 && origins(column, catalogue)],
      ["Owner", ownerLink(resource.owner)],
      ["Freshness", freshness(resource, detail.status.materialized_to, detail.status.last_run_at, catalogue.asOf)],
    ]),
    section("Statistics", column?.statistics ? statistics(name, column.statistics) : missing(noStatistics(resource, detail))),
    detail.time_rules.length > 0 &&
      section("Time rules", h("ul", {}, rulesOf(detail, name).map((rule) => h("li", {}, rule)))),
    resource.kind === "feature-views" &&
      section(
        "How to use it",
        code("How to use it", `features = [ ${resource.name}.${name} ]`, catalogue),
      ),
    section("Used by", usedBy(catalogue, resource, column)),
  ];
}

/** A view's rules without those that speak of its other features alone. */
function rulesOf({ time_rules, columns }: Detail, name: string): string[] {
  const others = columns.map((column) => column.name).filter((other) => other !== name);
  return time_rules.filter((rule) => {
    const words = new Set(rule.match(/[\w-]+/g) ?? []);
    return words.has(name) || !others.some((other) => rule.startsWith(other) && words.has(other));
  });
}

function statistics(name: string, measured: Statistics): Child {
  return [
    facts([
      ["Rows", number(measured.rows)],
      ["Nulls", `${number(measured.nulls)} (${share(measured.nulls, measured.rows)})`],
      ["Distinct", measured.distinct !== null && number(measured.distinct)],
      ["Least", measured.min !== null && value(measured.min)],
      ["Greatest", measured.max !== null && value(measured.max)],
      ["Mean", measured.mean !== null && number(measured.mean)],
      ["Standard deviation", measured.stddev !== null && number(measured.stddev)],
    ]),
    plot(name, measured),
  ];
}

function usedBy(catalogue: Catalogue, resource: Resource, column: Column | undefined): Child {
  const exact = column?.used_by?.flatMap((id) => catalogue.find(id) ?? []);
  const users = exact ?? catalogue.neighbours(resource).usedBy;
  return [
    users.length === 0
      ? missing("Nothing yet.")
      : [
          !exact &&
            h(
              "p",
              {},
              `${count(users.length, "resource")} that ${users.length === 1 ? "uses" : "use"} `,
              h("a", { class: "name", href: toResource(resource) }, resource.name),
              ":",
            ),
          resourceLinks(users, to("list", [], { uses: resource.id })),
        ],
    h("p", {}, h("a", { class: "action", href: toLineage(resource) }, `Lineage of ${resource.name}`)),
  ];
}
