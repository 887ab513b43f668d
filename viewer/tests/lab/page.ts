/** The lab's page around a session without workers. `#still=1` takes steps only when a test says so. */
import { showLab } from "../../src/lab/view.tsx";
import { makeFake } from "./fake.ts";

const given = new URLSearchParams(location.hash.slice(1));
const session = makeFake({ task: given.get("task") ?? "copy" }, { timer: given.get("still") === null });
session.lesson.value = given.get("lesson");
Object.assign(globalThis, { headlightLab: session });
showLab(session, document.body);
if (given.get("play") === "1") session.play();
