import type { Resource } from "./contract.ts";

/** A page's address, which is the part after `#`. */
export interface Route {
  page: string;
  parts: string[];
  query: Map<string, string>;
}

export function parse(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const [page = "", ...parts] = path.split("/").map(decode);
  return { page, parts, query: new Map(new URLSearchParams(search)) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function to(page: string, parts: string[] = [], query: Record<string, string> = {}): string {
  const search = new URLSearchParams(
    Object.entries(query).filter(([, value]) => value !== ""),
  ).toString();
  return `#/${[page, ...parts].map(encodeURIComponent).join("/")}${search && `?${search}`}`;
}

export function toResource(resource: Resource): string {
  return to("resource", [resource.id]);
}

export function toColumn(resource: Resource, column: string): string {
  return resource.kind === "feature-views"
    ? to("feature", [resource.name, column])
    : to("column", [resource.id, column]);
}

export function toLineage(resource: Resource): string {
  return to("lineage", [resource.id]);
}
