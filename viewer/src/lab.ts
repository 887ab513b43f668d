import { readAddress, saysAnything } from "./lab/address.ts";
import { followAddress } from "./lab/addressbar.ts";
import { Keeping } from "./lab/keep.ts";
import { keepShown, keptName } from "./lab/keeper.ts";
import { Lab } from "./lab/lab.ts";
import { readCatalogue, readProgram } from "./lab/page.ts";
import { settingsIn } from "./lab/lessons/all.ts";
import { sayOnRoot } from "./lab/root.ts";
import { isTooOld } from "./lab/too_old.ts";
import { showLab } from "./lab/view.tsx";
import { reasonOf } from "./reason.ts";
import { preferred } from "./words/language.ts";
import "./style.css";

/** Opens what the address says, or what was kept when the page was closed. */
async function openLab(): Promise<Lab> {
  const catalogue = readCatalogue();
  const program = readProgram();
  const language = new URLSearchParams(location.hash.slice(1)).get("language") ?? preferred(navigator.languages);
  const { address: said, notice } = readAddress(catalogue, location.hash, language);
  const address = { ...said, settings: settingsIn(said.lesson, said.settings, location.hash) };
  const keeping = await Keeping.open(location.pathname);
  const name = saysAnything(location.hash) ? keptName(catalogue, address.settings) : null;
  const stored = (await keeping?.read(name)) ?? null;
  const lab = new Lab({ catalogue, program, address, notice, stored });
  followAddress(lab, address);
  keepShown(lab, keeping);
  sayOnRoot(lab, document.documentElement);
  return lab;
}

if (isTooOld()) document.documentElement.dataset.state = "error";
else
  openLab().then(
    (lab) => showLab(lab, document.body),
    (error: unknown) => {
      document.documentElement.dataset.state = "error";
      const line = document.createElement("p");
      line.setAttribute("role", "alert");
      line.textContent = `The lab cannot be shown: ${reasonOf(error)}`;
      document.body.prepend(line);
    },
  );
