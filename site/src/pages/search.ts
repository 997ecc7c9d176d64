import { h } from "../dom.ts";
import { badge } from "../parts/badge.ts";
import { paged } from "../parts/pager.ts";
import { missing, title } from "../parts/section.ts";
import { to, type Route } from "../routes.ts";
import { addressOf } from "../searchbox.ts";
import { count, kindName } from "../words.ts";
import type { Page, Site } from "./page.ts";

/** All that was found, where the list under the search box shows the first. */
export function searchPage(site: Site, route: Route): Page {
  const query = route.query.get("q") ?? "";
  const hits = site.search().find(query);
  const { rows, pager } = paged(hits, route.query.get("page"), (page) =>
    to("search", [], { q: query, page }),
  );
  return {
    title: `Search for ${query}`,
    content: [
      title("Search for ", h("q", {}, query)),
      h("p", { class: "many", role: "status" }, count(hits.length, "result")),
      hits.length === 0
        ? missing("Nothing has it in its name, columns, tags, owner or description.")
        : h(
            "ul",
            { class: "rows" },
            rows.map((hit) =>
              h(
                "li",
                {},
                h(
                  "div",
                  { class: "row-main" },
                  h("a", { class: "name", href: addressOf(hit) }, hit.name),
                  " ",
                  h("span", { class: "kind" }, kindName(hit.kind)),
                  h(
                    "p",
                    { class: "note" },
                    hit.column === null ? hit.resource.description : `of ${hit.resource.name}`,
                  ),
                ),
                h(
                  "div",
                  { class: "row-side" },
                  hit.resource.owner !== null &&
                    h("span", { class: "owner" }, hit.resource.owner, " "),
                  badge(hit.resource.status, true),
                ),
              ),
            ),
          ),
      pager,
    ],
  };
}
