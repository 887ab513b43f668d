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
 * A dot above each group's first line, and beside it what there is room for: one head and how many others, all heads, or their roles too. The
 * group of the head that is shown is first to have room; one without any keeps its dot.
 */
export function markNames(groups: readonly MarkGroup[], { x: left, width }: Area, palette: Palette, measure: Measure): Shape[] {
  let names: Name[] = [];
  const dots = groups.map(({ x }) => ({ from: x - 4, to: x + 4 }));
  const place = (group: MarkGroup, text: string): Name | undefined => {
    const wide = measure(text, 11);
    const others = [...names.filter((name) => name.group !== group), ...dots];
    // On the right, so that it is seen whose it is; on the left at the end of the plot, and where the colour says whose it is.
    const sides = [group.x + 6, group.x - 6 - wide].slice(0, isChosen(group) || group.x + 6 + wide > left + width ? 2 : 1);
    return sides
      .map((from) => ({ group, text, from, to: from + wide }))
      .find(({ from, to }) => from >= left && to <= left + width && others.every((other) => to + 2 <= other.from || from >= other.to + 2));
  };
  const byChosen = [...groups].sort((one, other) => Number(isChosen(other)) - Number(isChosen(one)));
  for (const textOf of [firstOf, headsIn, rolesIn]) {
    for (const group of byChosen) {
      const name = place(group, textOf(group));
      if (name !== undefined) names = [...names.filter((each) => each.group !== group), name];
    }
  }
  return groups.flatMap((group): Shape[] => {
    const fill = isChosen(group) ? palette.accent : palette.faint;
    const y = group.y - 6;
    const dot: Shape = { shape: "box", x: group.x - 3, y: y - 3, width: 6, height: 6, radius: 3, fill };
    const name = names.find((each) => each.group === group);
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

interface Name {
  readonly group: MarkGroup;
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** The head that is shown, or the first, and how many others there are. */
function firstOf({ marks }: MarkGroup): string {
  const heads = new Set(marks.map(({ head }) => head));
  const first = (marks.find(({ chosen }) => chosen) ?? marks[0]!).head;
  return heads.size === 1 ? first : `${first} +${heads.size - 1}`;
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
