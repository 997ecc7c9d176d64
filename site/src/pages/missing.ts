import { h } from "../dom.ts";
import { title } from "../parts/section.ts";
import { to } from "../routes.ts";
import type { Page, Site } from "./page.ts";

export function missingPage(_site: Site, _what: unknown, text = "There is no such page."): Page {
  return {
    title: "Not found",
    content: [
      title("Not found"),
      h("p", {}, text, " Search for it, or start from the ", h("a", { href: to("") }, "overview"), "."),
    ],
  };
}
