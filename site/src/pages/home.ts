import { KINDS, tally, type Catalogue } from "../catalogue.ts";
import type { Resource, State } from "../contract.ts";
import { h, type Child } from "../dom.ts";
import { badge } from "../parts/badge.ts";
import { resourceLinks } from "../parts/resources.ts";
import { missing, section, table, title } from "../parts/section.ts";
import { to, toResource } from "../routes.ts";
import { capital, count, instant, kindName, kindNames, number } from "../words.ts";
import type { Page, Site } from "./page.ts";

export function homePage({ catalogue }: Site): Page {
  return {
    title: "Overview",
    content: [
      title(catalogue.project),
      h(
        "p",
        { class: "lead" },
        `Environment ${catalogue.environment}. `,
        catalogue.asOf === null
          ? "When its newest fact happened is not known: nothing is written yet."
          : `Its newest fact is of ${instant(catalogue.asOf)}.`,
      ),
      kinds(catalogue),
      attention(catalogue),
      section("Newest runs", runs(catalogue)),
      h(
        "div",
        { class: "halves" },
        section("Owners", choices(tally(catalogue.resources.map((r) => r.owner ?? "")), "owner")),
        section("Tags", choices(tally(catalogue.resources.flatMap((r) => r.tags)), "tag")),
      ),
    ],
  };
}

function kinds(catalogue: Catalogue): HTMLElement {
  const item = (kind: (typeof KINDS)[number] | "features", many: number) =>
    h(
      "li",
      {},
      h(
        "a",
        { href: to("list", [kind]) },
        h("span", { class: "number" }, number(many)),
        " ",
        h("span", {}, capital(many === 1 ? kindName(kind) : kindNames(kind))),
      ),
    );
  return h(
    "ul",
    { class: "kinds", "aria-label": "What there is" },
    KINDS.flatMap((kind) => [
      item(kind, catalogue.ofKind(kind).length),
      kind === "feature-views" ? item("features", catalogue.features.length) : null,
    ]),
  );
}

function attention(catalogue: Catalogue): Child {
  const of = (state: State) => catalogue.resources.filter((r) => r.status === state);
  const failing = of("failing");
  const deprecated = of("deprecated");
  const block = (state: State, resources: Resource[]) =>
    resources.length > 0 && [
      h("h3", {}, `${capital(state)} `, h("span", { class: "number" }, number(resources.length))),
      resourceLinks(resources, to("list", [], { status: state }), 8),
    ];
  return section(
    "Needs attention",
    failing.length + deprecated.length === 0 &&
      h("p", {}, "Nothing: no resource is failing or deprecated."),
    h(
      "div",
      { class: "halves" },
      [block("failing", failing), block("deprecated", deprecated)]
        .filter(Boolean)
        .map((content) => h("div", {}, content)),
    ),
  );
}

function runs(catalogue: Catalogue): Child {
  if (catalogue.runs.length === 0) {
    return missing("No runs are known yet: build a training set or materialize a feature view.");
  }
  return table(
    "Newest runs",
    ["Resource", "Committed", "Rows", "Now"],
    catalogue.runs.slice(0, 8).map(({ resource, run }) => [
      h("a", { class: "name", href: toResource(resource) }, resource.name),
      h("span", { class: "unbroken" }, instant(run.committed_at)),
      number(run.rows),
      badge(resource.status),
    ]),
    [2],
  );
}

/** The frequent ones; the rest behind a word. */
function choices(counts: [string, number][], key: "owner" | "tag"): Child {
  const named = counts.filter(([value]) => value !== "");
  const without = counts.find(([value]) => value === "")?.[1] ?? 0;
  const list = (part: [string, number][]) =>
    h(
      "ul",
      { class: "plain" },
      part.map(([value, many]) =>
        h(
          "li",
          {},
          h("a", { href: to("list", [], { [key]: value }) }, value),
          " ",
          h("span", { class: "number" }, number(many)),
        ),
      ),
    );
  return [
    named.length === 0 ? missing(`No ${key}s are named.`) : list(named.slice(0, 10)),
    named.length > 10 &&
      h(
        "details",
        {},
        h("summary", {}, `${count(named.length - 10, `more ${key}`)}`),
        list(named.slice(10)),
      ),
    without > 0 && missing(`${count(without, "resource")} without an ${key}.`),
  ];
}
