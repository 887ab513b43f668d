import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { PageContext, type Page } from "./context.ts";
import { Help } from "./help.tsx";
import { listen } from "./keys.ts";

/** A page with keys, help and a voice; what is arranged in it is its children's. */
export function App({ page, children }: { page: Page; children: ComponentChildren }) {
  const { words } = page.style.value;
  useEffect(() => listen(page), [page]);
  return (
    <PageContext.Provider value={page}>
      <button
        type="button"
        class="skip"
        onClick={() => document.querySelector<HTMLElement>("#panel [tabindex='0'], #panel button")?.focus()}
      >
        {words.skip}
      </button>
      {children}
      <Help />
      <div class="unseen" role="status" aria-live="polite">
        {page.spoken.value}
      </div>
    </PageContext.Provider>
  );
}
