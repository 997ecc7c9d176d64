import type { Catalogue } from "./catalogue.ts";
import { KINDS } from "./catalogue.ts";
import type { Details } from "./details.ts";
import { h, replace } from "./dom.ts";
import { columnPage, featurePage } from "./pages/column.ts";
import { homePage } from "./pages/home.ts";
import { lineagePage } from "./pages/lineage.ts";
import { listPage } from "./pages/list.ts";
import { missingPage } from "./pages/missing.ts";
import type { Page, Site } from "./pages/page.ts";
import { resourcePage } from "./pages/resource.ts";
import { searchPage } from "./pages/search.ts";
import { Places } from "./places.ts";
import { parse, to, type Route } from "./routes.ts";
import { Search } from "./search.ts";
import { SearchBox } from "./searchbox.ts";
import { themeChoice } from "./theme.ts";
import { capital, kindNames, number } from "./words.ts";

const PAGES: Record<string, (site: Site, route: Route) => Page> = {
  "": homePage,
  list: listPage,
  resource: resourcePage,
  feature: featurePage,
  column: columnPage,
  lineage: lineagePage,
  search: searchPage,
};

/** What stays around the pages: header, navigation, footer; and the change from page to page. */
export class Shell {
  private readonly site: Site;
  private readonly main = byId("main");
  private readonly box: SearchBox;
  private readonly places = new Places();
  private last: Route | undefined;

  constructor(catalogue: Catalogue, details: Details) {
    let search: Search | undefined;
    this.site = {
      catalogue,
      details,
      // Made when first needed: opening a page must not wait for it.
      search: () => (search ??= new Search(catalogue)),
    };
    this.box = new SearchBox(this.site);
  }

  open(): void {
    const { catalogue } = this.site;
    const nav = byId("nav");
    const menu = h(
      "button",
      {
        type: "button",
        class: "menu",
        "aria-expanded": "false",
        "aria-controls": "nav",
        click: () => openMenu(menu.getAttribute("aria-expanded") !== "true"),
      },
      "Menu",
    );
    const openMenu = (open: boolean) => {
      menu.setAttribute("aria-expanded", String(open));
      nav.classList.toggle("open", open);
    };
    replace(
      byId("header"),
      menu,
      h(
        "a",
        { class: "brand", href: to("") },
        h("span", { class: "brand-name" }, catalogue.project),
        h("span", { class: "brand-env" }, catalogue.environment),
      ),
      this.box.element,
      themeChoice(),
    );
    replace(nav, this.links());
    replace(
      byId("footer"),
      `Written by Tidemark ${catalogue.version}. `,
      h("a", { href: "THIRD-PARTY.txt" }, "Libraries and their licences"),
    );
    document.querySelector(".skip")?.addEventListener("click", (event) => {
      // The address is the page; a jump must not change it.
      event.preventDefault();
      this.main.focus();
    });
    document.addEventListener("keydown", (event) => {
      const typing =
        event.target instanceof Element && event.target.closest("input, select, textarea");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        this.box.focus();
      }
    });
    window.addEventListener("hashchange", () => {
      openMenu(false);
      this.show(true);
    });
    this.show(false);
    // So that the first search does not wait either.
    const idle = globalThis.requestIdleCallback ?? ((task: () => void) => setTimeout(task, 200));
    idle(() => this.site.search());
  }

  private links(): HTMLElement {
    const { catalogue } = this.site;
    const link = (href: string, text: string, many?: number) =>
      h(
        "li",
        {},
        h(
          "a",
          { href },
          text,
          many !== undefined && h("span", { class: "number" }, number(many)),
        ),
      );
    return h(
      "ul",
      {},
      link(to(""), "Overview"),
      KINDS.flatMap((kind) => {
        const item = link(
          to("list", [kind]),
          capital(kindNames(kind)),
          catalogue.ofKind(kind).length,
        );
        return kind === "feature-views"
          ? [item, link(to("list", ["features"]), "Features", catalogue.features.length)]
          : [item];
      }),
    );
  }

  private show(moved: boolean): void {
    const route = parse(location.hash);
    const page = (PAGES[route.page] ?? missingPage)(this.site, route);
    document.title = `${page.title} · ${this.site.catalogue.project}`;
    const before = this.main.contains(document.activeElement) ? document.activeElement?.id : "";
    const holds = page.keepsFocus && this.last?.page === route.page && before;
    replace(this.main, page.content);
    this.mark(route);
    if (moved) {
      const again = holds
        ? (this.main.querySelector<HTMLElement>("[data-centre]") ?? document.getElementById(before))
        : null;
      // The heading, so that a screen reader says where one is, and Tab goes on from there.
      (again ?? this.main.querySelector<HTMLElement>("h1"))?.focus({ preventScroll: true });
      if (!again) {
        window.scrollTo(0, 0);
      }
    }
    page.shown?.();
    this.places.arrive();
    this.last = route;
  }

  private mark(route: Route): void {
    const here = to(route.page, route.page === "list" ? route.parts : []);
    for (const link of document.querySelectorAll("#nav a")) {
      if (link.getAttribute("href") === here) {
        link.setAttribute("aria-current", "page");
      } else {
        link.removeAttribute("aria-current");
      }
    }
  }
}

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) {
    throw new Error(`index.html has no #${id}`);
  }
  return element;
}
