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
  /** The focus stays where it was when one page of the kind follows another. */
  keepsFocus?: boolean;
  /** The same for the place scrolled to. */
  keepsPlace?: boolean;
  /** Called once the content is in the document. */
  shown?(): void;
}
