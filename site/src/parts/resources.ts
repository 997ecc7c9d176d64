import type { Resource } from "../contract.ts";
import { h, type Child } from "../dom.ts";
import { toResource } from "../routes.ts";
import { kindName } from "../words.ts";
import { badge } from "./badge.ts";
import { tagLinks } from "./tags.ts";

/** Resources one a line: enough of each to choose by. */
export function resourceRows(resources: readonly Resource[], withKind: boolean): HTMLElement {
  return h(
    "ul",
    { class: "rows" },
    resources.map((resource) =>
      h(
        "li",
        {},
        h(
          "div",
          { class: "row-main" },
          h("a", { class: "name", href: toResource(resource) }, resource.name),
          withKind && [" ", h("span", { class: "kind" }, kindName(resource.kind))],
          resource.description !== null && h("p", { class: "note" }, resource.description),
        ),
        h(
          "div",
          { class: "row-side" },
          tagLinks(resource.tags),
          resource.owner !== null && h("span", { class: "owner" }, resource.owner, " "),
          badge(resource.status),
        ),
      ),
    ),
  );
}

/** Links to resources, a few of them where they are many. */
export function resourceLinks(resources: readonly Resource[], all: string, most = 12): Child {
  return h(
    "ul",
    { class: "plain" },
    resources.slice(0, most).map((resource) =>
      h(
        "li",
        {},
        h("a", { class: "name", href: toResource(resource) }, resource.name),
        " ",
        h("span", { class: "kind" }, kindName(resource.kind)),
        " ",
        badge(resource.status, true),
      ),
    ),
    resources.length > most && h("li", {}, h("a", { href: all }, `All ${resources.length}`)),
  );
}
