import { useEffect, useId, useRef } from "preact/hooks";
import { noticesOf } from "../../words/notices.ts";
import { readFile } from "../files.ts";
import { choose } from "./choosing.ts";
import { type Lab, useLab } from "./context.ts";

/** More than this is no lesson, and a field for text cannot show it. */
export const LARGEST_PAIRS = 1_000_000;
const PAUSE = 500;

/** Pairs of the user's own, pasted or from a file. */
export function Pairs() {
  const lab = useLab();
  const { session } = lab;
  const words = lab.words.value;
  const id = useId();
  const wait = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  // Another task may be chosen before the pause is over, and it takes no pairs.
  useEffect(() => () => clearTimeout(wait.current), []);
  return (
    <div class="pairs">
      <label for={id}>{words.pairs}</label>
      <textarea
        id={id}
        rows={6}
        spellcheck={false}
        placeholder={words.pairsExample}
        value={session.chosen.value.pairs ?? ""}
        onInput={(event) => {
          const pairs = event.currentTarget.value;
          clearTimeout(wait.current);
          if (pairs.length > LARGEST_PAIRS) {
            session.notice.value = words.pairsTooLarge("1 MB");
            return;
          }
          wait.current = setTimeout(() => choose(lab, { ...session.chosen.value, pairs }), PAUSE);
        }}
      />
      <p class="note">{words.pairsHint}</p>
      <p class="note">
        <label class="button file">
          {words.pairsFile}
          <input
            type="file"
            class="unseen"
            accept=".txt,.tsv,text/plain,text/tab-separated-values"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              event.currentTarget.value = "";
              if (file !== undefined) void takePairs(lab, file);
            }}
          />
        </label>{" "}
        {words.pairsStay}
      </p>
    </div>
  );
}

/** A file of pairs, chosen or dropped: the task `file` learns them. */
export async function takePairs(lab: Lab, file: File): Promise<void> {
  const { session } = lab;
  const notices = noticesOf(lab.page.language.peek());
  const opened = await readFile(file, notices).catch(() => null);
  if (opened?.is !== "pairs") {
    session.notice.value = opened?.is === "refused" ? opened.line : notices.notText(file.name);
    return;
  }
  const pairs = opened.text;
  const own = session.catalogue.tasks.find(({ takesPairs }) => takesPairs);
  if (own === undefined) return;
  const { chosen } = session;
  choose(lab, chosen.value.task === own.name ? { ...chosen.value, pairs } : { task: own.name, pairs });
}
