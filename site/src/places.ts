/**
 * How far each page of the history was scrolled, for the way back. The browser's own memory of it
 * fails here, since a page is made anew when one comes back to it.
 */
export class Places {
  private readonly scrolled = new Map<string, number>();
  private here = "";

  constructor() {
    history.scrollRestoration = "manual";
    window.addEventListener("scroll", () => this.scrolled.set(this.here, window.scrollY), {
      passive: true,
    });
  }

  /** Called when a page is shown. */
  arrive(): void {
    const entry: unknown = history.state;
    if (typeof entry === "string" && this.scrolled.has(entry)) {
      this.here = entry;
      const y = this.scrolled.get(entry) ?? 0;
      // Once what was read before is in the page again.
      requestAnimationFrame(() => window.scrollTo(0, y));
    } else {
      // Unlike any of an earlier load of the site, which the history may hold as well.
      this.here = `${performance.timeOrigin} ${this.scrolled.size}`;
      this.scrolled.set(this.here, window.scrollY);
      history.replaceState(this.here, "");
    }
  }
}
