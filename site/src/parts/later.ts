import type { Detail, Resource } from "../contract.ts";
import { h, replace, type Child } from "../dom.ts";
import type { Site } from "../pages/page.ts";

/** What needs a resource's details: there once they are read, or with the reason why not. */
export function later(
  { details }: Site,
  resource: Resource,
  make: (detail: Detail) => Child,
): HTMLElement {
  const place = h("div", { class: "later", "aria-busy": "true" });
  details
    .of(resource)
    .then((detail) => replace(place, make(detail)))
    .catch((problem: Error) =>
      replace(
        place,
        h(
          "p",
          { class: "missing", role: "alert" },
          `The rest of this page can't be read: ${problem.message}. Write the site again with `,
          h("code", {}, "tidemark docs"),
          ".",
        ),
      ),
    )
    .finally(() => place.removeAttribute("aria-busy"));
  return place;
}
