import { zoomed } from "../state/zoom.ts";
import { usePage } from "./context.ts";
import { Button } from "./controls.tsx";

export function ZoomButtons() {
  const { store, style } = usePage();
  const { words } = style.value;
  const { zoom, query, key } = store.seen.value;
  const record = store.record.value;
  const around = query === null || key === null ? null : { query: query + 0.5, key: key + 0.5 };
  const by = (factor: number) => store.go({ zoom: zoomed(record, zoom, factor, around) }, "replace");
  return (
    <div class="zoom" role="group">
      <Button name={words.zoomIn} press={() => by(0.5)}>
        +
      </Button>
      <Button name={words.zoomOut} disabled={zoom === null} press={() => by(2)}>
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
