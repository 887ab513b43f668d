import { batch, computed, effect, signal } from "@preact/signals";
import type { Dataset } from "../../data.ts";
import { makePage } from "../../views/context.ts";
import { labWordsOf } from "../../words/lab/language.ts";
import { lessonNamed } from "../lessons/all.ts";
import { type Part, PARTS } from "../lessons/lesson.ts";
import type { Session } from "../session.ts";
import type { Lab } from "./context.ts";
import { LONGEST_TEXT } from "./exercise.ts";
import { actOn } from "./keys.ts";

const NOTHING: Dataset = { title: "", origin: { task: "", model: "" }, records: [], metrics: [], findings: [] };

export function makeLab(session: Session): Lab {
  const dataset = computed(() => session.shown.value.dataset.value ?? NOTHING);
  const looked = computed(() => dataset.value.records.length > 0);
  const address = signal(new URLSearchParams(location.hash.replace(/^#/, "")));
  addEventListener("hashchange", () => {
    address.value = new URLSearchParams(location.hash.replace(/^#/, ""));
  });
  const lesson = computed(() => (session.lesson.value === null ? null : lessonNamed(session.lesson.value)));
  const text = computed(() => {
    const own = address.value.get("lesson-text") ?? (lesson.value === null ? session.lesson.value : null);
    return own === null || own.trim() === "" ? null : own.slice(0, LONGEST_TEXT);
  });
  const hidden = computed((): ReadonlySet<Part> => {
    const named = (address.value.get("hide") ?? "").split(",");
    return new Set([...PARTS.filter((part) => named.includes(part)), ...(lesson.value?.hides ?? [])]);
  });
  const done = signal(0);
  const presenter = signal(address.value.get("presenter") === "1");
  const lab: Lab = {
    session,
    page: makePage(dataset, {
      begins: { view: "head" },
      act: (event) => actOn(lab, event),
      keys: computed(() => lab.words.value.keys),
      room: (height) => Math.max(300, Math.min(620, height - 420)),
    }),
    words: computed(() => labWordsOf(lab.page.language.value)),
    looked,
    lesson,
    done,
    text,
    presenter,
    asking: signal<(() => void) | null>(null),
    open: signal<"share" | "lessons" | null>(null),
    hides: (part) => hidden.value.has(part) || (presenter.value && PRESENTED.includes(part)),
    leave: () => {
      done.value = 0;
      const parts = location.hash.replace(/^#/, "").split("&");
      const kept = parts.filter((part) => !OWN.includes(part.split("=")[0]!)).join("&");
      history.replaceState(null, "", `#${kept}`);
      address.value = new URLSearchParams(kept);
    },
    choices: computed(() => lesson.value?.choices ?? null),
  };
  dressPage(lab);
  followKinds(lab);
  return lab;
}

/** The parts of the address that say what is hidden. */
const OWN = ["lesson-text", "hide"];

/** Of no use to those who watch from afar. */
const PRESENTED: readonly Part[] = ["choices", "views", "share", "branch", "compare"];

/** What is learned, as the window is called; and a style for a room. */
function dressPage({ presenter, page, words }: Lab): void {
  effect(() => {
    document.documentElement.classList.toggle("presenter", presenter.value);
  });
  effect(() => {
    const { title } = page.store.dataset.value;
    document.title = title === "" ? words.value.title : `${title} · ${words.value.title}`;
  });
}

/** Another model has other kinds of attention: that which its task is about is shown first, at the newest look. */
function followKinds({ session, page: { store } }: Lab): void {
  let [run, kinds] = [session.shown.peek(), ""];
  effect(() => {
    const [now, known] = [session.shown.value, store.kinds.value];
    if (known.length === 0 || (now === run && known.join() === kinds)) return;
    const same = known.join() === kinds;
    batch(() => {
      if (now !== run && !store.dataset.peek().records.some(({ step }) => step === store.state.peek().step))
        store.go({ step: null }, "replace");
      if (!same && kinds !== "")
        store.go({ kind: known.includes("cross") ? "cross" : known[0]!, query: null, key: null, zoom: null }, "replace");
    });
    [run, kinds] = [now, known.join()];
  });
}
