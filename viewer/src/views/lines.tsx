import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { faintest, focusOf, HEADLINE, headStroke, linesDrawing, savedLines, type Focus } from "../drawing/lines.ts";
import { SceneCanvas, useRoom, useWidth } from "./canvas.tsx";
import { usePage } from "./context.ts";
import { useDrawing } from "./exporting.tsx";
import { numberOf, useLayer } from "./heads.ts";
import { sayLines } from "./saying.ts";

/** The heads of a layer as lines between queries and keys. */
export function LinesView() {
  const page = usePage();
  const { store } = page;
  const style = page.style.value;
  const { words } = style;
  const [element, width] = useWidth();
  // The buttons of the heads and a note stand around the drawing.
  const room = useRoom() - 84;
  const offset = useSignal(0);
  const pointed = useSignal<Focus | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const { value: read, failure } = useLayer();

  const chosen = focusOf(store.seen.value);
  const focus = pointed.value ?? chosen;
  const count = read === null ? 1 : Math.max(read.record.queries, read.record.keys);
  const rowHeight = Math.max(count <= 32 ? 14 : 16, Math.min(30, Math.floor((room - HEADLINE) / count)));
  const whole = count * rowHeight;
  const height = Math.min(whole, Math.max(300, room - HEADLINE));
  const drawing = useMemo(
    () =>
      read === null || width === 0
        ? null
        : linesDrawing(read.record, read.heads, focus, { rowHeight, offset: offset.value, height }, Math.min(width, 860), style),
    [read, width, rowHeight, height, offset.value, focus?.side, focus?.at, style],
  );
  const name = read === null ? "" : `${words.kinds[read.record.kind]} · ${words.layerName(numberOf(read))}`;
  useDrawing(
    page,
    drawing &&
      read && {
        name: `lines-${read.record.kind}_L${numberOf(read)}`,
        title: name,
        scene: () => savedLines(read.record, read.heads, focus, rowHeight, Math.min(width, 860), style),
      },
  );

  const choose = (next: Focus | null) =>
    store.go({ query: next?.side === "query" ? next.at : null, key: next?.side === "key" ? next.at : null }, "replace");
  const under = (event: PointerEvent): Focus | null => {
    if (drawing === null || read === null) return null;
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const at = Math.floor((event.clientY - box.top - HEADLINE + offset.value) / rowHeight);
    const x = event.clientX - box.left;
    const side = x <= drawing.edges[0] ? "query" : x >= drawing.edges[1] ? "key" : null;
    const end = side === "query" ? read.record.queries : read.record.keys;
    return side === null || at < 0 || at >= end || event.clientY - box.top < HEADLINE ? null : { side, at };
  };
  const press = (event: KeyboardEvent) => {
    if (read === null) return;
    const side = event.key === "ArrowLeft" ? "query" : event.key === "ArrowRight" ? "key" : (focus?.side ?? "query");
    const end = side === "query" ? read.record.queries : read.record.keys;
    const moves: Record<string, number> = {
      ArrowUp: -1,
      ArrowDown: 1,
      ArrowLeft: 0,
      ArrowRight: 0,
      PageUp: -10,
      PageDown: 10,
      Home: -Infinity,
      End: Infinity,
    };
    const by = moves[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const at = focus === null ? 0 : Math.min(end - 1, Math.max(0, focus.at + by));
    pointed.value = null;
    choose({ side, at });
    page.spoken.value = sayLines(read.heads, { side, at }, words);
  };
  // A token that was chosen with the keyboard comes into sight.
  useEffect(() => {
    const list = scroller.current;
    if (list === null || chosen === null || pointed.value !== null) return;
    const y = chosen.at * rowHeight;
    if (y < list.scrollTop) list.scrollTop = y;
    if (y + rowHeight > list.scrollTop + height) list.scrollTop = y + rowHeight - height;
  }, [chosen?.side, chosen?.at, rowHeight, height]);

  return (
    <div class="view lines">
      <div class="bar">
        <h2>{name}</h2>
      </div>
      <HeadToggles />
      {failure !== null && <p class="failure">{words.failure(failure)}</p>}
      {read?.heads.length === 0 && <p class="lead">{words.noHeads}</p>}
      <div ref={element} class="measure">
        {drawing !== null && (
          <div
            ref={scroller}
            class="plot list"
            style={{ height: `${height + HEADLINE}px`, width: `${drawing.scene.width}px` }}
            tabIndex={0}
            role="application"
            aria-roledescription="lines"
            aria-label={words.linesName(name)}
            onScroll={(event) => (offset.value = event.currentTarget.scrollTop)}
            onKeyDown={press}
          >
            <div
              class="sticky"
              onPointerMove={(event) => (pointed.value = under(event))}
              onPointerLeave={() => (pointed.value = null)}
              onClick={(event) => {
                const at = under(event as unknown as PointerEvent);
                choose(at !== null && chosen?.side === at.side && chosen.at === at.at ? null : at);
              }}
            >
              <SceneCanvas scene={drawing.scene} />
            </div>
            <div class="spacer" style={{ height: `${whole - height}px` }} />
          </div>
        )}
        {read === null && failure === null && <p class="lead">{words.loading}</p>}
      </div>
      <p class="note">
        {drawing?.leftOut != null
          ? words.leftOut(drawing.leftOut.count, drawing.leftOut.below.toFixed(3))
          : style.threshold < faintest(style.scale)
            ? words.faintest(String(faintest(style.scale)))
            : ""}{" "}
        {store.predicts.value && words.decoderNote}
      </p>
    </div>
  );
}

/** A button for each head of the layer, in its colour. Click shows or hides it, double click shows it alone. */
function HeadToggles() {
  const { store, style } = usePage();
  const { words, palette } = style.value;
  const { heads } = store.record.value;
  const { hidden } = store.seen.value;
  const all = Array.from({ length: heads }, (_, at) => at);
  const toggle = (at: number) =>
    store.go(
      { hidden: hidden.includes(at) ? hidden.filter((each) => each !== at) : [...hidden, at].sort((one, other) => one - other) },
      "replace",
    );
  const alone = (at: number) => store.go({ hidden: all.filter((each) => each !== at) }, "replace");
  return (
    <div class="toggles" role="group" aria-label={words.headsShown}>
      {all.map((at) => {
        const { stroke, dash } = headStroke(at, palette);
        const shown = !hidden.includes(at);
        return (
          <button
            key={at}
            type="button"
            class="toggle"
            aria-pressed={shown}
            title={words.toggleHead(at)}
            onClick={() => toggle(at)}
            onDblClick={() => alone(at)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || !event.shiftKey) return;
              event.preventDefault();
              alone(at);
            }}
          >
            <svg viewBox="0 0 22 6" aria-hidden="true">
              <line x1="0" y1="3" x2="22" y2="3" stroke={stroke} stroke-width="4" stroke-dasharray={dash?.join(" ")} />
            </svg>
            {words.headShort(at)}
          </button>
        );
      })}
      <button type="button" class="button" disabled={hidden.length === 0} onClick={() => store.go({ hidden: [] })}>
        {words.allHeads}
      </button>
    </div>
  );
}
