import { useLab } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { saveRun } from "./keeping.ts";

/** Asks before a training is lost. */
export function Asking() {
  const lab = useLab();
  const { session, asking, words: said } = lab;
  const words = said.value;
  const act = asking.value;
  const close = () => {
    asking.value = null;
  };
  const go = () => {
    close();
    act?.();
  };
  // Saving takes a while, and whoever cancelled meanwhile, or asked for something else, wants it no more.
  const saveFirst = async () => {
    if ((await saveRun(lab)) && asking.peek() === act) go();
  };
  return (
    <Dialog title={words.losesTitle} open={act !== null} close={close}>
      <p>{words.loses(session.shown.value.steps.value.at(-1)?.step ?? 0)}</p>
      <p class="ends">
        <button type="button" class="button main" onClick={() => void saveFirst()}>
          {words.saveFirst}
        </button>
        <button type="button" class="button" onClick={go}>
          {words.loseIt}
        </button>
        <button type="button" class="button" onClick={close}>
          {words.cancel}
        </button>
      </p>
    </Dialog>
  );
}
