import { h, replace } from "./dom.ts";
import type { Site } from "./pages/page.ts";
import { badge } from "./parts/badge.ts";
import { to, toColumn, toResource } from "./routes.ts";
import type { Hit } from "./search.ts";
import { count, kindName } from "./words.ts";

const SHOWN = 10;

/** Search as you type, in the header of every page: a combobox with a list under it. */
export class SearchBox {
  readonly element: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly said: HTMLElement;
  private addresses: string[] = [];
  private active = -1;

  constructor(private readonly site: Site) {
    this.list = h("ul", { id: "found", role: "listbox", "aria-label": "Results", hidden: true });
    this.said = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
    this.input = h("input", {
      id: "search",
      type: "search",
      role: "combobox",
      placeholder: "Search",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      "aria-label": "Search the catalogue",
      "aria-keyshortcuts": "/",
      "aria-autocomplete": "list",
      "aria-controls": "found",
      "aria-expanded": "false",
      input: () => this.update(),
      focus: () => this.update(),
      blur: () => this.close(),
      keydown: (event: KeyboardEvent) => this.key(event),
    });
    this.element = h(
      "search",
      { class: "search" },
      this.input,
      h("kbd", { "aria-hidden": "true" }, "/"),
      this.list,
      this.said,
    );
  }

  focus(): void {
    this.input.focus();
    this.input.select();
  }

  private update(): void {
    const query = this.input.value.trim();
    if (query === "") {
      this.close();
      return;
    }
    const hits = this.site.search().find(query);
    const shown = hits.slice(0, SHOWN);
    this.addresses = shown.map(addressOf);
    const options = shown.map((hit, i) => this.option(i, resultLine(hit)));
    if (hits.length > SHOWN) {
      this.addresses.push(to("search", [], { q: query }));
      options.push(
        this.option(SHOWN, h("span", { class: "all" }, `All ${count(hits.length, "result")}`)),
      );
    }
    if (hits.length === 0) {
      replace(
        this.list,
        h(
          "li",
          { class: "none", role: "option", "aria-disabled": "true", "aria-selected": "false" },
          "Nothing found",
        ),
      );
    } else {
      replace(this.list, options);
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.said.textContent =
      hits.length === 0 ? "Nothing found" : `${count(hits.length, "result")}; first ${hits[0]?.name}`;
    this.choose(hits.length === 0 ? -1 : 0);
  }

  private option(i: number, content: HTMLElement): HTMLElement {
    return h(
      "li",
      {
        id: `found-${i}`,
        role: "option",
        "aria-selected": "false",
        // Before the input loses the focus, and the list with it.
        mousedown: (event: MouseEvent) => event.preventDefault(),
        click: () => this.go(i),
      },
      content,
    );
  }

  private key(event: KeyboardEvent): void {
    const last = this.addresses.length - 1;
    switch (event.key) {
      case "ArrowDown":
        this.choose(this.active >= last ? 0 : this.active + 1);
        break;
      case "ArrowUp":
        this.choose(this.active <= 0 ? last : this.active - 1);
        break;
      case "Enter":
        this.go(this.active);
        break;
      case "Escape":
        if (this.list.hidden) {
          this.input.value = "";
        }
        this.close();
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  private choose(i: number): void {
    this.active = i;
    for (const option of this.list.querySelectorAll('[role="option"]')) {
      option.setAttribute("aria-selected", String(option.id === `found-${i}`));
    }
    const chosen = document.getElementById(`found-${i}`);
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) {
      this.input.setAttribute("aria-activedescendant", chosen.id);
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  private go(i: number): void {
    const address = this.addresses[i];
    if (address !== undefined && !this.list.hidden) {
      this.close();
      this.input.blur();
      location.hash = address;
    }
  }

  private close(): void {
    this.list.hidden = true;
    this.addresses = [];
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.said.textContent = "";
  }
}

export function addressOf(hit: Hit): string {
  return hit.column === null ? toResource(hit.resource) : toColumn(hit.resource, hit.column);
}

function resultLine(hit: Hit): HTMLElement {
  return h(
    "span",
    { class: "result" },
    h("span", { class: "name" }, hit.name),
    " ",
    h("span", { class: "kind" }, kindName(hit.kind)),
    " ",
    h(
      "span",
      { class: "about" },
      hit.column === null ? hit.resource.description : `of ${hit.resource.name}`,
    ),
    badge(hit.resource.status, true),
  );
}
