import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { usePage } from "../../views/context.ts";

interface Given {
  readonly title: string;
  readonly open: boolean;
  close(): void;
  readonly children: ComponentChildren;
}

/** A dialog over the page: Escape, a press beside it, or its button close it. */
export function Dialog({ title, open, close, children }: Given) {
  const { words } = usePage().style.value;
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (open && dialog.current?.open === false) dialog.current.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="lab-dialog"
      aria-labelledby={id}
      onClose={() => open && close()}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      {open && (
        <div class="inside">
          <div class="bar">
            <h2 id={id}>{title}</h2>
            <button type="button" class="button" onClick={close}>
              {words.close}
            </button>
          </div>
          {children}
        </div>
      )}
    </dialog>
  );
}
