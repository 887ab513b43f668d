import type { Palette } from "./colours.ts";
import type { Area, Measure, Shape } from "./scene.ts";

/** What came about at a step: a head took a role. */
export interface StepMark {
  readonly step: number;
  readonly head: string;
  readonly role: string;
  /** Whether it is the head that is shown. */
  readonly chosen: boolean;
}

/** Marks so close that a finger meets them as one, and where: `x` and `y` are those of its first line's upper end. */
export interface MarkGroup {
  readonly x: number;
  readonly y: number;
  readonly marks: readonly StepMark[];
}

/** The room for names above the lines of marks. */
export const NAMES = 15;
/** As wide as what a finger meets. */
export const APART = 24;

/** Marks in the order of their steps, those together whose lines are close. */
export function groupsOf(marks: readonly StepMark[], xOf: (step: number) => number, y: number): MarkGroup[] {
  const groups: { x: number; y: number; marks: StepMark[] }[] = [];
  for (const mark of [...marks].sort((one, other) => one.step - other.step)) {
    const [x, last] = [xOf(mark.step), groups.at(-1)];
    if (last !== undefined && x - last.x < APART) last.marks.push(mark);
    else groups.push({ x, y, marks: [mark] });
  }
  return groups;
}

/** A dashed line at each step. */
export function markLines(marks: readonly StepMark[], xOf: (step: number) => number, { y, height }: Area, palette: Palette): Shape[] {
  const steps = new Map<number, boolean>();
  for (const { step, chosen } of marks) steps.set(step, chosen || steps.get(step) === true);
  return [...steps].map(([step, chosen]): Shape => {
    const [x, stroke] = [xOf(step), chosen ? palette.accent : palette.faint];
    return { shape: "line", x1: x, y1: y, x2: x, y2: y + height, stroke, thickness: 1, dash: [3, 3] };
  });
}

/**
 * A dot above each group's first line, and beside it the group's heads where they have room, and their roles too where these have. The head that
 * is shown has its name first; a group without room keeps its dot.
 */
export function markNames(groups: readonly MarkGroup[], { x: left, width }: Area, palette: Palette, measure: Measure): Shape[] {
  const taken: { group: MarkGroup; from: number; to: number; text: string }[] = [];
  const fits = (group: MarkGroup, text: string) => {
    const [from, to] = [group.x + 6, group.x + 6 + measure(text, 11)];
    const others = [
      ...taken.filter((each) => each.group !== group),
      ...groups.filter((each) => each !== group).map(({ x }) => ({ from: x - 4, to: x + 4 })),
    ];
    return to <= left + width && others.every((other) => to + 4 < other.from || from > other.to + 4) ? { group, from, to, text } : null;
  };
  const byChosen = [...groups].sort((one, other) => Number(isChosen(other)) - Number(isChosen(one)));
  for (const textOf of [headsIn, rolesIn]) {
    for (const group of byChosen) {
      const found = fits(group, textOf(group));
      const before = taken.findIndex((each) => each.group === group);
      if (found !== null) taken.splice(before < 0 ? taken.length : before, before < 0 ? 0 : 1, found);
    }
  }
  return groups.flatMap((group): Shape[] => {
    const fill = isChosen(group) ? palette.accent : palette.faint;
    const y = group.y - 6;
    const dot: Shape = { shape: "box", x: group.x - 3, y: y - 3, width: 6, height: 6, radius: 3, fill };
    const name = taken.find((each) => each.group === group);
    return name === undefined ? [dot] : [dot, { shape: "words", x: name.from, y, text: name.text, size: 11, fill, anchor: "start" }];
  });
}

/** Each head of a group once, with all that it became at one step. */
export function headsOf({ marks }: MarkGroup): { readonly step: number; readonly head: string; readonly roles: string }[] {
  const found = new Map<string, { step: number; head: string; roles: string[] }>();
  for (const { step, head, role } of marks) {
    const key = `${step} ${head}`;
    const entry = found.get(key) ?? { step, head, roles: [] };
    entry.roles.push(role);
    found.set(key, entry);
  }
  return [...found.values()].map(({ step, head, roles }) => ({ step, head, roles: roles.join(", ") }));
}

function headsIn(group: MarkGroup): string {
  return [...new Set(group.marks.map(({ head }) => head))].join(", ");
}

function rolesIn(group: MarkGroup): string {
  return headsOf(group)
    .map(({ head, roles }) => `${head} ${roles}`)
    .join("; ");
}

function isChosen({ marks }: MarkGroup): boolean {
  return marks.some(({ chosen }) => chosen);
}
