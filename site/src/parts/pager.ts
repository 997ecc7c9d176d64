import { h, type Child } from "../dom.ts";
import { number } from "../words.ts";

export const PAGE = 100;

/** Which rows a page shows, with links to the pages beside it. */
export function paged<T>(
  all: readonly T[],
  asked: string | undefined,
  address: (page: string) => string,
): { rows: readonly T[]; pager: Child } {
  const last = Math.max(1, Math.ceil(all.length / PAGE));
  const page = Math.min(last, Math.max(1, Math.trunc(Number(asked)) || 1));
  const start = (page - 1) * PAGE;
  const rows = all.slice(start, start + PAGE);
  if (last === 1) {
    return { rows, pager: null };
  }
  return {
    rows,
    pager: h(
      "nav",
      { class: "pager", "aria-label": "Pages" },
      page > 1 && h("a", { rel: "prev", href: address(page === 2 ? "" : String(page - 1)) }, "Previous"),
      h("span", {}, `${number(start + 1)} to ${number(start + rows.length)} of ${number(all.length)}`),
      page < last && h("a", { rel: "next", href: address(String(page + 1)) }, "Next"),
    ),
  };
}
