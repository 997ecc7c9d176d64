import type { Resource } from "../contract.ts";
import { h, type Child } from "../dom.ts";
import { to } from "../routes.ts";

export function tagLinks(tags: readonly string[]): Child {
  return tags.map((tag) => [
    h("a", { class: "tag", href: to("list", [], { tag }) }, tag),
    " ",
  ]);
}

export function ownerLink(owner: string | null): Child {
  return owner === null
    ? h("span", { class: "missing" }, "no owner")
    : h("a", { href: to("list", [], { owner }) }, owner);
}

/** What a resource can be chosen by in a list. */
export interface Choice {
  owner?: string | undefined;
  tag?: string | undefined;
  status?: string | undefined;
}

export function chosen(resource: Resource, choice: Choice): boolean {
  return (
    (!choice.owner || resource.owner === choice.owner) &&
    (!choice.tag || resource.tags.includes(choice.tag)) &&
    (!choice.status || resource.status === choice.status)
  );
}
