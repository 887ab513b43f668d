/** The lab's page around a session without workers. `#still=1` takes steps only when a test says so. */
import { settingsIn } from "../../src/lab/lessons/all.ts";
import { showLab } from "../../src/lab/view.tsx";
import { makeFake } from "./fake.ts";

const given = new URLSearchParams(location.hash.slice(1));
const lesson = given.get("lesson");
const settings = settingsIn(lesson, { task: given.get("task") ?? "copy" }, location.hash);
const session = makeFake(settings, { timer: given.get("still") === null });
session.lesson.value = lesson;
Object.assign(globalThis, { headlightLab: session });
showLab(session, document.body);
if (given.get("play") === "1") session.play();
