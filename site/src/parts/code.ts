import type { Catalogue } from "../catalogue.ts";
import { h } from "../dom.ts";
import { highlighted } from "./highlight.ts";

/** Code with a button that copies it. */
export function code(label: string, text: string, catalogue: Catalogue): HTMLElement {
  const said = h("span", { class: "said", role: "status" });
  const block = h(
    "pre",
    { tabindex: 0, role: "region", "aria-label": label },
    highlighted(text.trimEnd(), catalogue),
  );
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "Copied";
    } catch {
      // Denied to pages opened from disk by some browsers: the reader copies what is selected then.
      getSelection()?.selectAllChildren(block);
      said.textContent = "Selected: copy it with the keyboard";
    }
    setTimeout(() => said.replaceChildren(), 3000);
  };
  return h(
    "div",
    { class: "code" },
    h("div", { class: "code-bar" }, said, h("button", { type: "button", click: copy }, `Copy`)),
    block,
  );
}
