import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { reasonOf } from "../reason.ts";

/** How many loads are under way: the player waits until there are none. */
export const loading = signal(0);

export interface Latest<T> {
  /** What was last loaded; while something else is under way, still the one before, so that nothing flickers. */
  readonly value: T | null;
  readonly failure: string | null;
}

/** Loads whenever `wanted` changes. Only the last one wanted arrives. */
export function useLatest<T>(load: () => Promise<T>, wanted: readonly unknown[]): Latest<T> {
  const [latest, settle] = useState<Latest<T>>({ value: null, failure: null });
  useEffect(() => {
    let current = true;
    loading.value += 1;
    load()
      .then(
        (value) => current && settle({ value, failure: null }),
        (error: unknown) => current && settle({ value: null, failure: reasonOf(error) }),
      )
      .finally(() => (loading.value -= 1));
    return () => {
      current = false;
    };
  }, wanted as unknown[]);
  return latest;
}
