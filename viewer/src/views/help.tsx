import { useEffect, useRef } from "preact/hooks";
import { usePage } from "./context.ts";

export function Help() {
  const { store, help, style, around } = usePage();
  const { words } = style.value;
  // The page's own keys come first, and say it where the viewer would use the same key otherwise.
  const own = around?.keys.value ?? [];
  const keys = new Map([...own, ...words.keys, ...own]);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (help.value && dialog.current?.open === false) dialog.current.showModal();
    if (!help.value) dialog.current?.close();
  }, [help.value]);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="help"
      onClose={() => (help.value = false)}
      onClick={(event) => {
        if (event.target === dialog.current) help.value = false;
      }}
    >
      <div class="help">
        <div class="bar">
          <h2 id="help">{words.help}</h2>
          <button type="button" class="button" onClick={() => (help.value = false)}>
            {words.close}
          </button>
        </div>
        <h3>{words.readTitle}</h3>
        <ul>
          {words.read.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <h3>{words.keysTitle}</h3>
        <dl>
          {[...keys].map(([keys, text]) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
        <label class="check">
          <input
            type="checkbox"
            checked={store.state.value.keys === "on"}
            onChange={(event) => store.go({ keys: event.currentTarget.checked ? "on" : "off" }, "replace")}
          />
          {words.keysSwitch}
        </label>
        <h3>{words.mouseTitle}</h3>
        <ul>
          {words.mouse.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </div>
    </dialog>
  );
}
