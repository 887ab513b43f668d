import { usePage } from "./context.ts";
import { Button } from "./controls.tsx";
import { zoomBy } from "./moving.ts";

export function ZoomButtons() {
  const page = usePage();
  const { store, style } = page;
  const { words } = style.value;
  const { zoom } = store.seen.value;
  return (
    <div class="zoom" role="group">
      <Button name={words.zoomIn} press={() => zoomBy(page, 0.5)}>
        +
      </Button>
      <Button name={words.zoomOut} disabled={zoom === null} press={() => zoomBy(page, 2)}>
        −
      </Button>
      <Button name={words.zoomAll} disabled={zoom === null} press={() => store.go({ zoom: null }, "replace")}>
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4" />
        </svg>
      </Button>
    </div>
  );
}
