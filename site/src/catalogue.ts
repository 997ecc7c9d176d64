import type { IndexFile, Kind, RecentRun, Resource, State } from "./contract.ts";

/** The kinds, in the order of the flow of data. */
export const KINDS: readonly Kind[] = [
  "entities",
  "sources",
  "transformations",
  "feature-views",
  "labels",
  "training-sets",
  "models",
];

export const STATES: readonly State[] = [
  "defined",
  "registered",
  "materialized",
  "failing",
  "deprecated",
  "deleted",
];

/** One output column of a feature view. */
export interface Feature {
  view: Resource;
  name: string;
}

export interface Neighbours {
  uses: Resource[];
  usedBy: Resource[];
}

/** The index with what is looked up in it. */
export class Catalogue {
  readonly project: string;
  readonly environment: string;
  readonly version: string;
  readonly asOf: string | null;
  readonly resources: readonly Resource[];
  readonly features: readonly Feature[];
  readonly runs: { resource: Resource; run: RecentRun }[];
  private readonly byId = new Map<string, Resource>();
  private readonly edges = new Map<string, Neighbours>();

  constructor(index: IndexFile) {
    this.project = index.project;
    this.environment = index.environment;
    this.version = index.version;
    this.asOf = index.as_of;
    this.resources = index.resources;
    for (const resource of index.resources) {
      this.byId.set(resource.id, resource);
      this.edges.set(resource.id, { uses: [], usedBy: [] });
    }
    const seen = new Set<string>();
    for (const [from, to] of index.uses) {
      const user = index.resources[from];
      const used = index.resources[to];
      if (user && used && !seen.has(`${from} ${to}`)) {
        seen.add(`${from} ${to}`);
        this.edges.get(user.id)?.uses.push(used);
        this.edges.get(used.id)?.usedBy.push(user);
      }
    }
    this.features = index.resources
      .filter((resource) => resource.kind === "feature-views")
      .flatMap((view) => view.columns.map((name) => ({ view, name })));
    this.runs = (index.runs ?? []).flatMap((run) => {
      const resource = index.resources[run.resource];
      return resource ? [{ resource, run }] : [];
    });
  }

  find(id: string): Resource | undefined {
    return this.byId.get(id);
  }

  view(name: string): Resource | undefined {
    return this.byId.get(`feature-views.${name}`);
  }

  ofKind(kind: Kind): Resource[] {
    return this.resources.filter((resource) => resource.kind === kind);
  }

  neighbours(resource: Resource): Neighbours {
    return this.edges.get(resource.id) ?? { uses: [], usedBy: [] };
  }

  /** All that use the resource, directly or through others, nearest first. */
  users(resource: Resource): Resource[] {
    const seen = new Set<Resource>([resource]);
    const queue = [resource];
    for (const next of queue) {
      for (const user of this.neighbours(next).usedBy) {
        if (!seen.has(user)) {
          seen.add(user);
          queue.push(user);
        }
      }
    }
    return queue.slice(1);
  }

  /** The resource and the column that a text such as `sources.payments.v1.amount` names. */
  column(text: string): { resource: Resource; name: string } | undefined {
    for (let dot = text.lastIndexOf("."); dot > 0; dot = text.lastIndexOf(".", dot - 1)) {
      const resource = this.byId.get(text.slice(0, dot));
      if (resource) {
        return { resource, name: text.slice(dot + 1) };
      }
    }
    return undefined;
  }
}

/** How often each value occurs, most frequent first. */
export function tally(values: Iterable<string>): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}
