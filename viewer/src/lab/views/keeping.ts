import { reasonOf } from "../../reason.ts";
import { save } from "../../views/exporting.tsx";
import { type Lab, unlessLost } from "./context.ts";
import { takePairs } from "./pairs.tsx";

/** Saves the shown run as a file; false where that failed, and the page says why. */
export async function saveRun({ session }: Lab): Promise<boolean> {
  try {
    const { name, zip } = await session.save();
    save(zip, name);
    return true;
  } catch (error) {
    session.notice.value = reasonOf(error);
    return false;
  }
}

/** A file that was chosen or dropped: a saved run, or pairs to learn. */
export function takeFile(lab: Lab, file: File): void {
  if (/\.(txt|tsv|csv)$/i.test(file.name) || file.type.startsWith("text/")) void takePairs(lab, file);
  else
    unlessLost(lab, () => {
      lab.open.value = null;
      lab.session.open(file).catch((error: unknown) => {
        lab.session.notice.value = reasonOf(error);
      });
    });
}
