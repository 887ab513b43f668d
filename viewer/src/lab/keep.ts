/** Trainings that are kept in this browser, across reloads. Where it keeps nothing, everything else works all the same. */

import type { Settings } from "./messages.ts";

/** A training as it was when it was kept. */
export interface Stored {
  readonly settings: Settings;
  readonly step: number;
  readonly zip: ArrayBuffer;
}

interface Entry extends Stored {
  readonly id: string;
  readonly page: string;
  readonly when: number;
}

const NAME = "headlight-lab";
const VERSION = 1;
const TRAININGS = "trainings";
const PAGES = "pages";
/** The page waits so many milliseconds for what is kept. */
const PATIENCE = 2000;
/** So many trainings are kept for a page, the last ones. */
const MOST = 6;

export class Keeping {
  readonly #database: IDBDatabase;
  readonly #page: string;

  private constructor(database: IDBDatabase, page: string) {
    this.#database = database;
    this.#page = page;
  }

  /** What a page keeps, by its path; null where this browser keeps nothing for it. */
  static async open(page: string): Promise<Keeping | null> {
    try {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(TRAININGS, { keyPath: "id" }).createIndex("page", ["page", "when"]);
        request.result.createObjectStore(PAGES);
      };
      return new Keeping(await soon(settled(request)), page);
    } catch {
      return null;
    }
  }

  /** The training under a name, or the one that was shown last; null where there is none. */
  async read(name: string | null): Promise<Stored | null> {
    try {
      return await soon(this.#read(name));
    } catch {
      return null;
    }
  }

  async #read(name: string | null): Promise<Stored | null> {
    const transaction = this.#database.transaction([TRAININGS, PAGES]);
    const id = name === null ? await settled<string | undefined>(transaction.objectStore(PAGES).get(this.#page)) : this.#id(name);
    if (id === undefined) return null;
    return (await settled<Entry | undefined>(transaction.objectStore(TRAININGS).get(id))) ?? null;
  }

  /** Keeps a training under a name, as the one that is shown. Says whether it could. */
  async write(name: string, stored: Stored): Promise<boolean> {
    try {
      const transaction = this.#database.transaction([TRAININGS, PAGES], "readwrite");
      const trainings = transaction.objectStore(TRAININGS);
      const entry: Entry = { ...stored, id: this.#id(name), page: this.#page, when: Date.now() };
      trainings.put(entry);
      transaction.objectStore(PAGES).put(entry.id, this.#page);
      const range = IDBKeyRange.bound([this.#page, 0], [this.#page, Number.MAX_SAFE_INTEGER]);
      const known = await settled(trainings.index("page").getAllKeys(range));
      for (const old of known.slice(0, -MOST)) trainings.delete(old);
      await done(transaction);
      return true;
    } catch {
      return false;
    }
  }

  /** Forgets the training under a name: it was begun anew. */
  async forget(name: string): Promise<void> {
    try {
      const transaction = this.#database.transaction([TRAININGS, PAGES], "readwrite");
      transaction.objectStore(TRAININGS).delete(this.#id(name));
      transaction.objectStore(PAGES).delete(this.#page);
      await done(transaction);
    } catch {
      // What cannot be forgotten was not kept either.
    }
  }

  #id(name: string): string {
    return `${this.#page}#${name}`;
  }
}

/** A browser may never answer, and the page is not shown before: then it is as if nothing were kept. */
function soon<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const wait = setTimeout(() => reject(new Error("no answer")), PATIENCE);
    answer.then(resolve, reject).finally(() => clearTimeout(wait));
  });
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}
