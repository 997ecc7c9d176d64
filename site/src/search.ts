import MiniSearch, { type SearchResult } from "minisearch";
import type { Catalogue } from "./catalogue.ts";
import type { Kind, Resource } from "./contract.ts";

export interface Hit {
  kind: Kind | "features";
  /** `customer_spend.v1`, or of a feature its column. */
  name: string;
  resource: Resource;
  column: string | null;
}

interface Entry extends Hit {
  id: number;
  view: string;
  owner: string;
  tags: string;
  columns: string;
  description: string;
}

const FIELDS = ["name", "view", "columns", "tags", "owner", "description"];

/**
 * Search over resources and features.
 *
 * MiniSearch finds; what is shown first is decided here, by how a hit was found: its name is what
 * was typed, its name begins so, all words are in its name, one of its columns is what was typed,
 * all words are in its columns (or the name of its view), in its tags or its owner, in its
 * description. Misspelt words are tried only where few are found without.
 */
export class Search {
  private readonly entries: Entry[];
  private readonly index: MiniSearch<Entry>;

  constructor(catalogue: Catalogue) {
    this.entries = [...entriesOf(catalogue)];
    this.index = new MiniSearch<Entry>({ fields: FIELDS, tokenize: words });
    this.index.addAll(this.entries);
  }

  find(query: string): Hit[] {
    const terms = words(query);
    if (terms.length === 0) {
      return [];
    }
    const strict = this.ranked(query, terms, false);
    return strict.length >= 3 ? strict : merge(strict, this.ranked(query, terms, true));
  }

  private ranked(query: string, terms: string[], fuzzy: boolean): Entry[] {
    const results = this.index.search(query, {
      combineWith: "AND",
      prefix: true,
      fuzzy: fuzzy ? (term) => (term.length > 3 ? 0.25 : false) : false,
      boost: { name: 4, columns: 2 },
    });
    const typed = plain(query);
    const size = new Set(terms).size;
    return results
      .map((result) => {
        const entry = this.entries[result.id as number] as Entry;
        return { entry, tier: tier(entry, typed, size, result), score: result.score };
      })
      .sort(
        (a, b) =>
          a.tier - b.tier ||
          Number(a.entry.resource.status === "deleted") -
            Number(b.entry.resource.status === "deleted") ||
          b.score - a.score ||
          a.entry.id - b.entry.id,
      )
      .map((ranked) => ranked.entry);
  }
}

function* entriesOf(catalogue: Catalogue): Generator<Entry> {
  let id = 0;
  for (const resource of catalogue.resources) {
    const common = {
      resource,
      owner: resource.owner ?? "",
      tags: resource.tags.join(" "),
    };
    yield {
      ...common,
      id: id++,
      kind: resource.kind,
      name: resource.name,
      column: null,
      view: "",
      // Those of a feature view are found as features.
      columns: resource.kind === "feature-views" ? "" : resource.columns.join(" "),
      description: resource.description ?? "",
    };
  }
  for (const { view, name } of catalogue.features) {
    yield {
      id: id++,
      kind: "features",
      name,
      resource: view,
      column: name,
      view: view.name,
      owner: view.owner ?? "",
      tags: view.tags.join(" "),
      columns: "",
      description: view.description ?? "",
    };
  }
}

function words(text: string): string[] {
  return text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

function plain(text: string): string {
  return words(text).join(" ");
}

function tier(entry: Entry, typed: string, terms: number, result: SearchResult): number {
  const name = plain(entry.name);
  if (name === typed || plain(entry.resource.id) === typed || withoutVariant(name) === typed) {
    return 0;
  }
  if (name.startsWith(typed)) {
    return 1;
  }
  const wordsIn = (...fields: string[]) =>
    new Set(
      Object.entries(result.match)
        .filter(([, found]) => found.some((field) => fields.includes(field)))
        .flatMap(([term]) => queriesOf(result, term)),
    ).size >= terms;
  if (wordsIn("name")) {
    return 2;
  }
  if (entry.column === null && entry.resource.columns.some((column) => plain(column) === typed)) {
    return 3;
  }
  if (wordsIn("name", "columns", "view")) {
    return 4;
  }
  return wordsIn("name", "columns", "view", "tags", "owner") ? 5 : 6;
}

/** The typed words that a found word answers. */
function queriesOf(result: SearchResult, found: string): string[] {
  const starts = result.queryTerms.filter((typed) => found.startsWith(typed));
  return starts.length > 0 ? starts : [found];
}

function withoutVariant(name: string): string {
  return name.replace(/ v\d+$/, "");
}

function merge(first: Entry[], second: Entry[]): Entry[] {
  return [...new Set([...first, ...second])];
}
