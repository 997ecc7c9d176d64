import type { Catalogue } from "./catalogue.ts";
import type { Resource } from "./contract.ts";

/** What of one node's neighbours is left out of the picture, so that it can be read. */
export interface More {
  of: Resource;
  direction: Direction;
  count: number;
}

export type Direction = "up" | "down";

export interface Neighbourhood {
  centre: Resource;
  nodes: Resource[];
  /** From what is used to what uses it, as data flow. */
  edges: [Resource, Resource][];
  more: More[];
}

/** Of one node's neighbours no more than these are drawn. */
const FAN = 12;
const MOST = 150;

/** What a resource is made of, and what is made of it, some levels far. */
export function neighbourhood(
  catalogue: Catalogue,
  centre: Resource,
  levels: number,
): Neighbourhood {
  const nodes = new Set<Resource>([centre]);
  const more: More[] = [];
  for (const direction of ["up", "down"] as const) {
    let level = [centre];
    for (let far = 0; far < levels && level.length > 0; far++) {
      const next: Resource[] = [];
      for (const resource of level) {
        const fresh = step(catalogue, resource, direction).filter((each) => !nodes.has(each));
        const room = Math.max(0, Math.min(FAN, MOST - nodes.size));
        // One that is left out takes the room of one.
        const shown = fresh.length <= room ? fresh : fresh.slice(0, Math.max(0, room - 1));
        for (const each of shown) {
          nodes.add(each);
          next.push(each);
        }
        if (shown.length < fresh.length) {
          more.push({ of: resource, direction, count: fresh.length - shown.length });
        }
      }
      level = next;
    }
  }
  const edges: [Resource, Resource][] = [];
  for (const user of nodes) {
    for (const used of catalogue.neighbours(user).uses) {
      if (nodes.has(used)) {
        edges.push([used, user]);
      }
    }
  }
  return { centre, nodes: [...nodes], edges, more };
}

export function step(catalogue: Catalogue, of: Resource, direction: Direction): Resource[] {
  const { uses, usedBy } = catalogue.neighbours(of);
  return direction === "up" ? uses : usedBy;
}
