import { Crew } from "./engine.ts";
import { fitting } from "./heads.ts";
import type { Look } from "./moments.ts";
import type { Program } from "./page.ts";
import type { LiveRun } from "./run.ts";

/**
 * Looks at a run as it was at each kept step, for a look that is new: a question that was asked later, or a head that was changed later, can be followed
 * through the whole training then. A worker of its own opens the archives, so that nothing else waits. `stops` ends it between two of them.
 */
export async function recall(program: Program, run: LiveRun, wished: Look, gone: string, stops: () => boolean): Promise<void> {
  const look = { ...wished, changes: fitting(wished.changes, run.settings.peek()) };
  const unseen = run.unseen(look);
  if (unseen.length === 0 || stops()) return;
  const crew = await Crew.start(program, 1, gone);
  try {
    for (const { zip } of unseen) {
      if (stops()) return;
      await crew.begin({ archive: zip, different: null });
      const { reply, beside } = await crew.ask({ ask: "attend", question: look.question, changes: look.changes });
      if (stops()) return;
      await run.recalled(look, reply, beside ?? new ArrayBuffer(0));
      run.show(look);
    }
  } finally {
    crew.close();
  }
}
