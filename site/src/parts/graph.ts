import { Graph, layout } from "@dagrejs/dagre";
import type { Kind, Resource } from "../contract.ts";
import { s } from "../dom.ts";
import type { More, Neighbourhood } from "../lineage.ts";
import { to, toLineage } from "../routes.ts";
import { count, kindName } from "../words.ts";

const WIDTH = 204;
const HEIGHT = 50;
const LETTERS = 23;

/** What colour a node has: data, what is made of them, what that is made for. */
const GROUP: Record<Kind, string> = {
  entities: "data",
  sources: "data",
  transformations: "data",
  "feature-views": "made",
  labels: "made",
  "training-sets": "product",
  models: "product",
};

interface Placed {
  element: SVGAElement;
  x: number;
  y: number;
}

/**
 * A picture of a neighbourhood. Every node is a link to its own lineage; arrow keys walk from node
 * to node along the flow of data, Enter follows.
 */
export function graph(
  neighbourhood: Neighbourhood,
  flow: "across" | "down",
  depth: string,
): { picture: SVGSVGElement; width: number; height: number } {
  const { centre, nodes, edges, more } = neighbourhood;
  const plan = new Graph();
  plan.setGraph({
    rankdir: flow === "across" ? "LR" : "TB",
    nodesep: 14,
    // Many edges need room to part.
    ranksep: nodes.length > 12 ? 90 : 46,
    marginx: 12,
    marginy: 12,
  });
  plan.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) {
    plan.setNode(node.id, { width: WIDTH, height: HEIGHT });
  }
  for (const [from, into] of edges) {
    plan.setEdge(from.id, into.id);
  }
  for (const each of more) {
    plan.setNode(moreId(each), { width: WIDTH, height: 34 });
    if (each.direction === "up") {
      plan.setEdge(moreId(each), each.of.id);
    } else {
      plan.setEdge(each.of.id, moreId(each));
    }
  }
  layout(plan);

  const placed: Placed[] = [];
  const place = (id: string, element: SVGAElement, height: number) => {
    const at = plan.node(id) as { x: number; y: number };
    element.setAttribute(
      "transform",
      `translate(${Math.round(at.x - WIDTH / 2)} ${Math.round(at.y - height / 2)})`,
    );
    placed.push({ element, x: at.x, y: at.y });
  };
  nodes.forEach((node) => place(node.id, nodeLink(node, node === centre, depth), HEIGHT));
  more.forEach((each) => place(moreId(each), moreLink(each), 34));
  // As one reads the picture, and so also for Tab.
  placed.sort((a, b) => (flow === "across" ? a.x - b.x || a.y - b.y : a.y - b.y || a.x - b.x));

  const { width = 0, height = 0 } = plan.graph() as { width?: number; height?: number };
  const picture = s(
    "svg",
    {
      class: "graph",
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
      role: "group",
      "aria-label": `Lineage of ${centre.id}`,
      keydown: (event: KeyboardEvent) => walk(event, placed, flow),
    },
    s(
      "defs",
      {},
      s(
        "marker",
        { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
        s("path", { d: "M0 0.5 8 4 0 7.5z" }),
      ),
    ),
    s(
      "g",
      { class: "edges", "aria-hidden": "true" },
      plan.edges().map((edge) =>
        s("path", {
          d: curve(
            (plan.edge(edge) as { points: Point[] }).points,
            plan.node(edge.v) as Box,
            plan.node(edge.w) as Box,
            flow,
          ),
          "marker-end": "url(#arrow)",
        }),
      ),
    ),
    placed.map(({ element }) => element),
  );
  return { picture, width, height };
}

function moreId({ of, direction }: More): string {
  return `${direction} of ${of.id}`;
}

function nodeLink(resource: Resource, centre: boolean, depth: string): SVGAElement {
  const trouble = ["failing", "deprecated", "deleted"].includes(resource.status);
  const href = centre
    ? to("resource", [resource.id])
    : `${toLineage(resource)}${depth === "" ? "" : `?levels=${depth}`}`;
  return s(
    "a",
    {
      id: `node-${resource.id}`,
      class: `node ${GROUP[resource.kind]}${centre ? " centre" : ""}`,
      href,
      "data-centre": centre,
    },
    s(
      "title",
      {},
      `${kindName(resource.kind)} ${resource.name}, ${resource.status}`,
      centre && ", chosen; opens its page",
    ),
    s("rect", { class: "box", width: WIDTH, height: HEIGHT, rx: 6 }),
    s("rect", { class: "stripe", x: 0.5, y: 8, width: 4, height: HEIGHT - 16, rx: 2 }),
    s(
      "text",
      { class: "node-kind", x: 16, y: 19 },
      kindName(resource.kind),
      trouble && s("tspan", { class: "node-trouble" }, ` · ${resource.status}`),
    ),
    s("text", { class: "node-name", x: 16, y: 37 }, shorten(resource.name)),
  );
}

function moreLink(each: More): SVGAElement {
  const key = each.direction === "up" ? "used-by" : "uses";
  return s(
    "a",
    {
      class: "node more",
      href: to("list", [], { [key]: each.of.id }),
    },
    s(
      "title",
      {},
      `and ${count(each.count, "more resource")} ${each.direction === "up" ? "used by" : "that use"} ${each.of.name}`,
    ),
    s("rect", { class: "box", width: WIDTH, height: 34, rx: 6 }),
    s("text", { class: "node-kind", x: 16, y: 21 }, `and ${each.count} more`),
  );
}

function shorten(name: string): string {
  // The variant stays: it tells two of a name apart.
  const dot = name.lastIndexOf(".");
  const variant = dot < 0 ? "" : name.slice(dot);
  return name.length <= LETTERS
    ? name
    : `${name.slice(0, Math.max(4, LETTERS - variant.length - 1))}…${variant.slice(0, 12)}`;
}

interface Point {
  x: number;
  y: number;
}

interface Box extends Point {
  width: number;
  height: number;
}

/**
 * From side to side, level at every point, so that many edges of a node stay apart. An edge to the
 * next rank needs no points between; a longer one is led around what it passes.
 */
function curve(points: Point[], from: Box, into: Box, flow: "across" | "down"): string {
  const across = flow === "across";
  const start = across
    ? { x: from.x + from.width / 2, y: from.y }
    : { x: from.x, y: from.y + from.height / 2 };
  const end = across
    ? { x: into.x - into.width / 2, y: into.y }
    : { x: into.x, y: into.y - into.height / 2 };
  const way = [start, ...(points.length > 3 ? points.slice(1, -1) : []), end];
  const at = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  return way
    .map((q, i) => {
      const p = way[i - 1];
      if (!p) {
        return `M${at(q)}`;
      }
      const x = (p.x + q.x) / 2;
      const y = (p.y + q.y) / 2;
      return across
        ? `C${at({ x, y: p.y })} ${at({ x, y: q.y })} ${at(q)}`
        : `C${at({ x: p.x, y })} ${at({ x: q.x, y })} ${at(q)}`;
    })
    .join("");
}

function walk(event: KeyboardEvent, placed: Placed[], flow: "across" | "down"): void {
  const here = placed.find(({ element }) => element === event.target);
  const ways: Record<string, [number, number]> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  const way = ways[event.key];
  if (!here || !way || event.altKey || event.ctrlKey || event.metaKey) {
    return;
  }
  event.preventDefault();
  // Ranks are apart along the flow; along a rank one is strict about staying in it.
  const along = (way[0] !== 0) === (flow === "across");
  let best: Placed | undefined;
  let least = Infinity;
  for (const other of placed) {
    const forth = (other.x - here.x) * way[0] + (other.y - here.y) * way[1];
    const aside = Math.abs((other.x - here.x) * way[1]) + Math.abs((other.y - here.y) * way[0]);
    if (forth > 1 && (along || aside < (flow === "across" ? WIDTH / 2 : HEIGHT / 2))) {
      const far = along ? forth * 2 + aside : forth;
      if (far < least) {
        least = far;
        best = other;
      }
    }
  }
  best?.element.focus();
}
