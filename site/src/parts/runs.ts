import type { Catalogue } from "../catalogue.ts";
import type { Run } from "../contract.ts";
import { h, type Child } from "../dom.ts";
import { toResource } from "../routes.ts";
import { count, instant, number, shortHash } from "../words.ts";
import { facts } from "./section.ts";

const SHOWN = 20;

/** Runs, newest first: what each wrote, from what, and whether the definition was another. */
export function runList(runs: Run[], catalogue: Catalogue): Child {
  const list = h("ol", { class: "runs" });
  const add = (from: number, to: number) =>
    list.append(
      ...runs.slice(from, to).map((run, i) => item(run, runs[from + i + 1], catalogue)),
    );
  add(0, SHOWN);
  if (runs.length <= SHOWN) {
    return list;
  }
  const all = h(
    "button",
    {
      type: "button",
      click: () => {
        add(SHOWN, runs.length);
        const next = list.children[SHOWN]?.querySelector("summary");
        all.remove();
        next?.focus();
      },
    },
    `Show all ${number(runs.length)}`,
  );
  return [list, all];
}

function note(run: Run, changed: boolean): Child {
  if (run.status === "refused") {
    return h("b", {}, "refused by gates");
  }
  return changed && h("b", {}, "definition changed");
}

function item(run: Run, before: Run | undefined, catalogue: Catalogue): HTMLElement {
  const changed = before !== undefined && before.definition !== run.definition;
  return h(
    "li",
    {},
    h(
      "details",
      {},
      h(
        "summary",
        {},
        h("span", { class: "run-when" }, instant(run.committed_at)),
        h("span", { class: "run-rows" }, count(run.rows, "row")),
        h("span", { class: "run-note" }, interval(run), note(run, changed)),
      ),
      facts([
        ["Run", h("code", {}, run.run_id)],
        ["Interval", interval(run)],
        ["Snapshot", h("code", {}, run.snapshot)],
        ["Definition", h("code", { title: run.definition }, shortHash(run.definition))],
        ["Tidemark", run.version],
        [
          "Manifest",
          run.manifest === null
            ? h("span", { class: "missing" }, "none was kept")
            : [h("code", {}, run.manifest)],
        ],
        [
          "Read",
          run.inputs.length === 0
            ? h("span", { class: "missing" }, "not recorded")
            : h(
                "ul",
                { class: "plain" },
                run.inputs.map((input) => {
                  const source = catalogue.find(input.source);
                  return h(
                    "li",
                    {},
                    source ? h("a", { href: toResource(source) }, input.source) : input.source,
                    " at ",
                    h("code", {}, input.state),
                  );
                }),
              ),
        ],
      ]),
    ),
  );
}

function interval(run: Run): string | null {
  return run.interval_start !== null && run.interval_end !== null
    ? `${instant(run.interval_start)} to ${instant(run.interval_end)}`
    : null;
}
