import type { Catalogue } from "../catalogue.ts";
import type { Details } from "../details.ts";
import type { Child } from "../dom.ts";
import type { Search } from "../search.ts";

/** What a page is made from. */
export interface Site {
  catalogue: Catalogue;
  details: Details;
  search(): Search;
}

export interface Page {
  title: string;
  content: Child;
  /**
   * When one page of the kind follows another, the focus and the place scrolled to stay if the
   * element that has the focus is there again, or another takes its part by `data-centre`.
   */
  keepsFocus?: boolean;
  /** Called once the content is in the document. */
  shown?(): void;
}
