import type { Catalogue } from "../catalogue.ts";
import type { Deprecation, Detail, Resource } from "../contract.ts";
import { h, type Child } from "../dom.ts";
import { badge } from "../parts/badge.ts";
import { code } from "../parts/code.ts";
import { columnTable } from "../parts/columns.ts";
import { later } from "../parts/later.ts";
import { resourceLinks } from "../parts/resources.ts";
import { runList } from "../parts/runs.ts";
import { facts, missing, section, table, title } from "../parts/section.ts";
import { ownerLink, tagLinks } from "../parts/tags.ts";
import { to, toLineage, toResource, type Route } from "../routes.ts";
import { capital, count, freshness, instant, kindName, kindNames, shortHash, writable } from "../words.ts";
import { missingPage } from "./missing.ts";
import type { Page, Site } from "./page.ts";

export function resourcePage(site: Site, route: Route): Page {
  const resource = site.catalogue.find(route.parts[0] ?? "");
  if (!resource) {
    return missingPage(site, route, `There is no ${route.parts[0] ?? "such resource"} here.`);
  }
  return {
    title: `${resource.name}, ${kindName(resource.kind)}`,
    content: [
      heading(resource),
      later(site, resource, (detail) => body(site.catalogue, resource, detail)),
    ],
  };
}

function heading(resource: Resource): Child {
  return [
    h(
      "p",
      { class: "crumb" },
      h("a", { href: to("list", [resource.kind]) }, capital(kindNames(resource.kind))),
    ),
    h(
      "div",
      { class: "title" },
      title(h("span", { class: "name" }, resource.name)),
      badge(resource.status),
    ),
    resource.description === null
      ? missing("No description.")
      : h("p", { class: "lead" }, resource.description),
    resource.tags.length > 0 && h("p", { class: "tags" }, tagLinks(resource.tags)),
  ];
}

function body(catalogue: Catalogue, resource: Resource, detail: Detail): Child {
  const { status } = detail;
  const trainingSet = resource.kind === "training-sets";
  const history = runSection(catalogue, resource, detail);
  return [
    status.deprecated && deprecation(status.deprecated, catalogue),
    facts([
      ["Owner", ownerLink(resource.owner)],
      ["Users", users(catalogue, resource)],
      ["Freshness", freshness(resource, status.materialized_to, status.last_run_at, catalogue.asOf)],
      ["Last run", status.last_run_at && instant(status.last_run_at)],
      [
        "Registered",
        status.registered_at &&
          `${instant(status.registered_at)}${status.registered_by ? ` by ${status.registered_by}` : ""}`,
      ],
      ["Commit", status.git_commit && h("code", {}, status.git_commit.slice(0, 12))],
      ["Defined at", detail.defined_at && h("code", {}, detail.defined_at)],
      [
        "Fingerprint",
        detail.fingerprint && h("code", { title: detail.fingerprint }, shortHash(detail.fingerprint)),
      ],
      ...Object.entries(detail.properties),
    ]),
    trainingSet && history,
    section(resource.kind === "feature-views" ? "Features" : "Columns", columnTable(resource, detail, catalogue)),
    detail.time_rules.length > 0 &&
      section("Time rules", h("ul", {}, detail.time_rules.map((rule) => h("li", {}, rule)))),
    section(
      "Definition",
      detail.definition === ""
        ? missing("Its text is not known.")
        : code("Definition", detail.definition, catalogue),
    ),
    detail.how_to_use !== null &&
      section("How to use it", code("How to use it", detail.how_to_use, catalogue)),
    lineage(catalogue, resource),
    (writable(resource) || detail.tables.length > 0) && section("Tables", tables(detail)),
    detail.samples !== null && section("Sample rows", samples(resource, detail.samples)),
    !trainingSet && history,
  ];
}

function runSection(catalogue: Catalogue, resource: Resource, { runs }: Detail): Child {
  const trainingSet = resource.kind === "training-sets";
  if (runs.length === 0 && !writable(resource)) {
    return null;
  }
  return section(
    trainingSet ? "Manifest history" : "Runs",
    runs.length > 0
      ? runList(runs, catalogue)
      : missing(trainingSet ? "Never built: no manifest yet." : "Never materialized: no runs yet."),
  );
}

function deprecation(deprecated: Deprecation, catalogue: Catalogue): HTMLElement {
  const successor = deprecated.successor === null ? undefined : catalogue.find(deprecated.successor);
  return h(
    "div",
    { class: "notice", role: "note" },
    h(
      "p",
      {},
      `Deprecated since ${instant(deprecated.since)} by ${deprecated.by}`,
      deprecated.until !== null && `, to be deleted after ${instant(deprecated.until)}`,
      ".",
      deprecated.reason !== null && ` ${deprecated.reason}`,
    ),
    deprecated.successor !== null &&
      h(
        "p",
        {},
        "Use ",
        successor
          ? h("a", { class: "name", href: toResource(successor) }, successor.id)
          : deprecated.successor,
        " instead.",
      ),
  );
}

/** Who is touched by a change: training sets and models that use it, through others as well. */
function users(catalogue: Catalogue, resource: Resource): string {
  const all = catalogue.users(resource);
  const parts = (["feature-views", "training-sets", "models"] as const).flatMap((kind) => {
    const many = all.filter((user) => user.kind === kind).length;
    return many === 0 ? [] : [count(many, kindName(kind), kindNames(kind))];
  });
  const owners = new Set(all.flatMap((user) => user.owner ?? []));
  owners.delete(resource.owner ?? "");
  if (parts.length === 0) {
    return all.length === 0 ? "Nobody yet" : count(all.length, "resource");
  }
  const others = [...owners].sort().slice(0, 4).join(", ") + (owners.size > 4 ? ", …" : "");
  return parts.join(", ") + (others === "" ? "" : `; of ${others}`);
}

function lineage(catalogue: Catalogue, resource: Resource): HTMLElement {
  const { uses, usedBy } = catalogue.neighbours(resource);
  return section(
    "Lineage",
    h("p", {}, h("a", { class: "action", href: toLineage(resource) }, "Open the lineage graph")),
    h(
      "div",
      { class: "halves" },
      h(
        "div",
        {},
        h("h3", {}, "Uses"),
        uses.length === 0
          ? missing("Nothing: it starts here.")
          : resourceLinks(uses, to("list", [], { "used-by": resource.id })),
      ),
      h(
        "div",
        {},
        h("h3", {}, "Used by"),
        usedBy.length === 0
          ? missing("Nothing yet.")
          : resourceLinks(usedBy, to("list", [], { uses: resource.id })),
      ),
    ),
  );
}

function tables({ tables: written }: Detail): Child {
  return written.length === 0
    ? missing("No table is written.")
    : table(
        "Tables",
        ["Table", "Provider", "Format", "Snapshot"],
        written.map((each) => [
          h("code", {}, each.table),
          each.provider,
          each.format,
          each.snapshot === null ? "" : h("code", {}, each.snapshot),
        ]),
      );
}

function samples(resource: Resource, { columns, rows }: NonNullable<Detail["samples"]>): Child {
  return rows.length === 0
    ? missing("No rows.")
    : table(
        `Sample rows of ${resource.name}`,
        columns.map((name) => h("span", { class: "name" }, name)),
        rows.map((row) =>
          row.map((cell) => (cell === null ? h("span", { class: "missing" }, "null") : cell)),
        ),
      );
}
