import { h } from "./dom.ts";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const KEY = "tidemark-theme";

/** A browser may deny storage to a page opened from disk; the choice then lasts as long as the page. */
function stored(): Theme {
  try {
    const text = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === text) ?? "auto";
  } catch {
    return "auto";
  }
}

function store(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // As said above.
  }
}

function show(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
}

/** Before anything is drawn, so that nothing flashes. */
export function applyStoredTheme(): void {
  show(stored());
}

export function themeChoice(): HTMLElement {
  const now = stored();
  return h(
    "label",
    { class: "theme" },
    h("span", { class: "theme-label" }, "Theme"),
    h(
      "select",
      {
        id: "theme",
        change: (event: Event) => {
          const theme = (event.target as HTMLSelectElement).value as Theme;
          show(theme);
          store(theme);
        },
      },
      THEMES.map((theme) =>
        h("option", { value: theme, selected: theme === now }, theme),
      ),
    ),
  );
}
