import type { Catalogue } from "../catalogue.ts";
import type { Resource } from "../contract.ts";
import { h, type Child } from "../dom.ts";
import { neighbourhood, step, type Direction } from "../lineage.ts";
import { graph } from "../parts/graph.ts";
import { missing, section, title } from "../parts/section.ts";
import { to, toLineage, toResource, type Route } from "../routes.ts";
import { count, kindName } from "../words.ts";
import { missingPage } from "./missing.ts";
import type { Page, Site } from "./page.ts";

const LEVELS = ["1", "2", "3", "all"];
const USUAL = "2";
const ZOOMS = [0.35, 0.5, 0.7, 0.85, 1, 1.25, 1.6];

export function lineagePage(site: Site, route: Route): Page {
  const { catalogue } = site;
  const centre = catalogue.find(route.parts[0] ?? "");
  if (!centre) {
    return missingPage(site, route, `There is no ${route.parts[0] ?? "such resource"} here.`);
  }
  const asked = route.query.get("levels");
  const levels = LEVELS.find((each) => each === asked) ?? USUAL;
  const around = neighbourhood(catalogue, centre, levels === "all" ? Infinity : Number(levels));
  // Few fit a phone one below the other; many are a long list in either.
  const narrow = window.matchMedia("(max-width: 640px)").matches;
  const flow = narrow && around.nodes.length <= 8 ? "down" : "across";
  const drawn = graph(around, flow, levels === USUAL ? "" : levels);
  const frame = h(
    "div",
    { class: "graph-frame", tabindex: 0, role: "region", "aria-label": "Lineage graph" },
    drawn.picture,
  );
  const zoom = new Zoom(drawn, frame);
  return {
    title: `Lineage of ${centre.name}`,
    keepsFocus: true,
    shown: () => zoom.start(),
    content: [
      h("p", { class: "crumb" }, "Lineage of the ", kindName(centre.kind)),
      h(
        "div",
        { class: "title" },
        title(h("span", { class: "name" }, centre.name)),
        h("a", { class: "action", href: toResource(centre) }, "Open its page"),
      ),
      h(
        "div",
        { class: "filters" },
        h(
          "label",
          {},
          h("span", {}, "Levels"),
          h(
            "select",
            {
              id: "levels",
              change: (event: Event) => {
                const chosen = (event.target as HTMLSelectElement).value;
                location.hash = to("lineage", [centre.id], {
                  levels: chosen === USUAL ? "" : chosen,
                });
              },
            },
            LEVELS.map((each) => h("option", { value: each, selected: each === levels }, each)),
          ),
        ),
        h("div", { role: "group", "aria-label": "Size of the graph", class: "zoom" }, zoom.buttons()),
        h(
          "p",
          { class: "many", role: "status" },
          `${count(around.nodes.length, "resource")}; data flow ${flow === "across" ? "from left to right" : "downwards"}`,
        ),
      ),
      frame,
      h(
        "p",
        { class: "note" },
        "Choose a resource to see its own lineage; arrow keys walk along the graph, Enter follows.",
      ),
      h(
        "div",
        { class: "halves" },
        section("Made from", tree(catalogue, centre, "up", levels)),
        section("Used by", tree(catalogue, centre, "down", levels)),
      ),
    ],
  };
}

const BRANCHES = 12;

/** The same lineage as a tree of links. What was told once is not told again. */
function tree(catalogue: Catalogue, centre: Resource, direction: Direction, levels: string): Child {
  const told = new Set<Resource>([centre]);
  const branch = (of: Resource, left: number): Child => {
    const next = step(catalogue, of, direction);
    if (next.length === 0 || left === 0) {
      return null;
    }
    const shown = next.slice(0, BRANCHES);
    return h(
      "ul",
      {},
      shown.map((each) => {
        const again = told.has(each);
        told.add(each);
        return h(
          "li",
          {},
          h("a", { class: "name", href: toLineage(each) }, each.name),
          " ",
          h("span", { class: "kind" }, kindName(each.kind)),
          again
            ? step(catalogue, each, direction).length > 0 && h("span", { class: "kind" }, ", as above")
            : branch(each, left - 1),
        );
      }),
      next.length > shown.length &&
        h(
          "li",
          {},
          h(
            "a",
            { href: to("list", [], { [direction === "up" ? "used-by" : "uses"]: of.id }) },
            `All ${next.length}`,
          ),
        ),
    );
  };
  return h(
    "div",
    { class: "tree" },
    branch(centre, levels === "all" ? Infinity : Number(levels)) ??
      missing(direction === "up" ? "Nothing: it starts here." : "Nothing yet."),
  );
}

/** The picture's size: as large as fits at first, but never too small to read. */
class Zoom {
  private at = 1;

  constructor(
    private readonly drawn: { picture: SVGSVGElement; width: number; height: number },
    private readonly frame: HTMLElement,
  ) {}

  buttons(): Child {
    const button = (sign: string, name: string, act: () => void) =>
      h("button", { type: "button", "aria-label": name, click: act }, sign);
    return [
      button("−", "Smaller", () => this.step(-1)),
      button("+", "Larger", () => this.step(1)),
      button("Fit", "Fit", () => this.set(this.fitting(ZOOMS[0] as number))),
    ];
  }

  start(): void {
    this.set(this.fitting(window.innerWidth <= 640 ? 0.7 : 0.8));
    // Into view within the frame; the page itself must not move.
    const centre = this.drawn.picture.querySelector("[data-centre]")?.getBoundingClientRect();
    const frame = this.frame.getBoundingClientRect();
    if (centre) {
      this.frame.scrollLeft += centre.left + centre.width / 2 - (frame.left + frame.width / 2);
      this.frame.scrollTop += centre.top + centre.height / 2 - (frame.top + frame.height / 2);
    }
  }

  private fitting(least: number): number {
    const across = (this.frame.clientWidth - 4) / this.drawn.width;
    const down = (window.innerHeight * 0.7) / this.drawn.height;
    return Math.min(1, Math.max(least, Math.min(across, down)));
  }

  private step(by: 1 | -1): void {
    const next = by > 0
      ? ZOOMS.find((each) => each > this.at + 0.01)
      : ZOOMS.findLast((each) => each < this.at - 0.01);
    if (next !== undefined) {
      this.set(next);
    }
  }

  private set(scale: number): void {
    this.at = scale;
    const { picture, width, height } = this.drawn;
    picture.setAttribute("width", String(Math.round(width * scale)));
    picture.setAttribute("height", String(Math.round(height * scale)));
  }
}
