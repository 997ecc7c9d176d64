import type { LanguageFn, Mode } from "highlight.js";
import sql from "highlight.js/lib/languages/sql";
import { createLowlight } from "lowlight";
import type { Catalogue } from "../catalogue.ts";
import { h, type Child } from "../dom.ts";
import { toColumn, toResource } from "../routes.ts";

/** HOCON as Tidemark's definitions use it; the SQL inside is highlighted as such. */
const hocon: LanguageFn = (hljs) => {
  const substitution: Mode = { scope: "subst", begin: /\$\{\??/, end: /\}/ };
  const quotes = { beginScope: "string", endScope: "string", subLanguage: "sql" };
  const sqlKey = String.raw`\b(?:sql|where|aggregate|value|deleted-when)["']?\s*[=:]\s*`;
  return {
    name: "HOCON",
    contains: [
      hljs.HASH_COMMENT_MODE,
      hljs.COMMENT(/(?<![:\w])\/\//, /$/),
      { ...quotes, begin: '"""', end: '"""' },
      { ...quotes, begin: new RegExp(`(?<=${sqlKey})"`), end: /"/, illegal: /\n/ },
      { scope: "attr", begin: /"(?:[^"\\\n]|\\.)*"(?=\s*(?:[=:{]|\+=))/ },
      { scope: "string", begin: /"/, end: /"/, illegal: /\n/, contains: [hljs.BACKSLASH_ESCAPE] },
      substitution,
      { scope: "attr", begin: /[\w.-]+(?=\s*(?:[=:{]|\+=))/ },
      { scope: "literal", begin: /(?<![\w.-])(?:true|false|null)(?![\w.-])/ },
      {
        scope: "number",
        begin: /(?<![\w.-])-?\d+(?:\.\d+)?(?:ms|us|s|m|h|d|w)?(?![\w.-])/,
      },
      { scope: "keyword", begin: /\binclude\b/ },
    ],
  };
};

const lowlight = createLowlight({ hocon, sql });

interface Tree {
  type: string;
  value?: string;
  properties?: { className?: unknown };
  children?: Tree[];
}

/** What may be a reference: whole, or a view or one of its features in a list of features. */
const REFERENCE = /[\w-]+(?:\.[\w-]+)+/g;

/** A definition, highlighted; what it names leads there. */
export function highlighted(text: string, catalogue: Catalogue): HTMLElement {
  const nodes = (tree: Tree): Child => {
    if (tree.type === "text") {
      return linked(tree.value ?? "", catalogue);
    }
    const children = (tree.children ?? []).map(nodes);
    const classes = tree.properties?.className;
    return tree.type === "root"
      ? children
      : h("span", { class: Array.isArray(classes) ? classes.join(" ") : null }, children);
  };
  return h("code", {}, nodes(lowlight.highlight("hocon", text) as Tree));
}

function addressOf(text: string, catalogue: Catalogue): string | undefined {
  for (const id of [text, `feature-views.${text}`]) {
    const resource = catalogue.find(id);
    if (resource) {
      return toResource(resource);
    }
    const column = catalogue.column(id);
    if (column?.resource.columns.includes(column.name)) {
      return toColumn(column.resource, column.name);
    }
  }
  return undefined;
}

function linked(text: string, catalogue: Catalogue): Child[] {
  const parts: Child[] = [];
  let end = 0;
  for (const match of text.matchAll(REFERENCE)) {
    const address = addressOf(match[0], catalogue);
    if (address) {
      parts.push(text.slice(end, match.index));
      parts.push(h("a", { href: address }, match[0]));
      end = match.index + match[0].length;
    }
  }
  parts.push(text.slice(end));
  return parts;
}
