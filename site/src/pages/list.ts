import { KINDS, STATES, tally, type Feature } from "../catalogue.ts";
import type { Kind, Resource } from "../contract.ts";
import { h, type Child } from "../dom.ts";
import { badge } from "../parts/badge.ts";
import { paged } from "../parts/pager.ts";
import { resourceRows } from "../parts/resources.ts";
import { missing, title } from "../parts/section.ts";
import { chosen, type Choice } from "../parts/tags.ts";
import { to, toColumn, toResource, type Route } from "../routes.ts";
import { capital, count, kindName, kindNames } from "../words.ts";
import type { Page, Site } from "./page.ts";
import { missingPage } from "./missing.ts";

/**
 * Resources of a kind, or of all kinds, chosen by owner, tag and state; or those that use a
 * resource, or that it uses.
 */
export function listPage(site: Site, route: Route): Page {
  const { catalogue } = site;
  const kind = route.parts[0] ?? "";
  if (kind !== "" && kind !== "features" && !KINDS.includes(kind as Kind)) {
    return missingPage(site, route);
  }
  const query = route.query;
  const choice: Choice = {
    owner: query.get("owner"),
    tag: query.get("tag"),
    status: query.get("status"),
  };
  const related = relation(site, query);
  const pool = related?.resources ?? catalogue.resources;
  const address = (changes: Record<string, string>) =>
    to("list", route.parts, { ...Object.fromEntries(query), page: "", ...changes });

  let found: Child;
  let many: string;
  let ofKind: readonly Resource[];
  if (kind === "features") {
    ofKind = pool.filter((r) => r.kind === "feature-views");
    const features = catalogue.features.filter((feature) => chosen(feature.view, choice));
    const { rows, pager } = paged(features, query.get("page"), (page) => address({ page }));
    found = features.length > 0 && [featureRows(rows), pager];
    many = count(features.length, "feature");
  } else {
    ofKind = kind === "" ? pool : pool.filter((r) => r.kind === kind);
    const resources = ofKind.filter((r) => chosen(r, choice));
    const { rows, pager } = paged(resources, query.get("page"), (page) => address({ page }));
    found = resources.length > 0 && [resourceRows(rows, kind === ""), pager];
    many =
      kind === ""
        ? count(resources.length, "resource")
        : count(resources.length, kindName(kind as Kind), kindNames(kind as Kind));
  }
  const heading = kind === "" ? "Resources" : capital(kindNames(kind as Kind | "features"));
  return {
    title: heading,
    keepsFocus: true,
    content: [
      title(heading),
      related?.words,
      filters(ofKind, choice, address),
      h("p", { class: "many", role: "status" }, many),
      found ||
        missing(
          ofKind.length === 0 ? "There are none in this project." : "None is of this choice.",
        ),
    ],
  };
}

function relation(
  { catalogue }: Site,
  query: Map<string, string>,
): { resources: Resource[]; words: HTMLElement } | undefined {
  const used = catalogue.find(query.get("uses") ?? "");
  const user = catalogue.find(query.get("used-by") ?? "");
  const of = used ?? user;
  if (!of) {
    return undefined;
  }
  const { uses, usedBy } = catalogue.neighbours(of);
  return {
    resources: used ? usedBy : uses,
    words: h(
      "p",
      { class: "lead" },
      used ? "Those that use " : "Those used by ",
      h("a", { class: "name", href: toResource(of) }, of.id),
      ".",
    ),
  };
}

function filters(
  resources: readonly Resource[],
  choice: Choice,
  address: (changes: Record<string, string>) => string,
): HTMLElement | null {
  const select = (key: keyof Choice, any: string, values: string[]) =>
    (values.length > 1 || choice[key]) &&
    h(
      "label",
      {},
      h("span", {}, capital(key)),
      h(
        "select",
        {
          id: `filter-${key}`,
          change: (event: Event) => {
            location.hash = address({ [key]: (event.target as HTMLSelectElement).value });
          },
        },
        h("option", { value: "" }, any),
        withChosen(values, choice[key]).map((value) =>
          h("option", { value, selected: value === choice[key] }, value),
        ),
      ),
    );
  const sorted = (values: string[]) => tally(values).map(([value]) => value).sort();
  const selects = [
    select("owner", "any owner", sorted(resources.flatMap((r) => r.owner ?? []))),
    select("tag", "any tag", sorted(resources.flatMap((r) => r.tags))),
    select(
      "status",
      "any status",
      STATES.filter((state) => resources.some((r) => r.status === state)),
    ),
  ].filter((each) => each instanceof HTMLElement);
  return selects.length === 0
    ? null
    : h(
        "div",
        { class: "filters", role: "group", "aria-label": "Choose by" },
        selects,
        (choice.owner || choice.tag || choice.status) &&
          h("a", { href: address({ owner: "", tag: "", status: "" }) }, "Show all"),
      );
}

function withChosen(values: string[], chosen: string | undefined): string[] {
  return chosen && !values.includes(chosen) ? [chosen, ...values] : values;
}

function featureRows(features: readonly Feature[]): HTMLElement {
  return h(
    "ul",
    { class: "rows" },
    features.map(({ view, name }) =>
      h(
        "li",
        {},
        h(
          "div",
          { class: "row-main" },
          h("a", { class: "name", href: toColumn(view, name) }, name),
          " ",
          h("span", { class: "note" }, "of ", h("a", { class: "name", href: toResource(view) }, view.name)),
        ),
        h(
          "div",
          { class: "row-side" },
          view.owner !== null && h("span", { class: "owner" }, view.owner, " "),
          badge(view.status, true),
        ),
      ),
    ),
  );
}
