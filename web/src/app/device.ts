/** What this device keeps for when no server is in reach: acts that wait to be sent, and what booth and dock were told last. */

/** `acts` are the outbox's; `told` is what the server said last, by what it is about. */
export type Shelf = 'acts' | 'told';

const NAME = 'aforo';
const VERSION = 1;
let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore('acts', { keyPath: 'seq', autoIncrement: true });
      asked.result.createObjectStore('told');
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error('the store of this device does not open'));
  });
  return opened;
}

/** Done, durably, when the promise is fulfilled. */
async function within<T>(shelf: Shelf, mode: IDBTransactionMode, run: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(shelf, mode, { durability: 'strict' });
    const asked = run(transaction.objectStore(shelf));
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error('this device could not keep it'));
  });
}

export async function all<T>(shelf: Shelf): Promise<T[]> {
  return (await within(shelf, 'readonly', (store) => store.getAll())) as T[];
}

export async function find<T>(shelf: Shelf, key: IDBValidKey): Promise<T | undefined> {
  return (await within(shelf, 'readonly', (store) => store.get(key))) as T | undefined;
}

/** Keep a value; its key, which of an act is the next number. */
export async function keep(shelf: Shelf, value: unknown, key?: IDBValidKey): Promise<IDBValidKey> {
  return within(shelf, 'readwrite', (store) => store.put(value, key));
}

/** Change a value that is kept, if it is still, in one step: nothing that changes it meanwhile is written over. Where `how` answers null, it is dropped. */
export async function change<T>(shelf: Shelf, key: IDBValidKey, how: (now: T) => T | null): Promise<void> {
  await within(shelf, 'readwrite', (store) => {
    const asked = store.get(key) as IDBRequest<T | undefined>;
    asked.onsuccess = () => {
      if (asked.result === undefined) return;
      const made = how(asked.result);
      if (made === null) store.delete(key);
      else if (made !== asked.result) store.put(made, store.keyPath === null ? key : undefined);
    };
    return asked;
  });
}

export async function drop(shelf: Shelf, key: IDBValidKey): Promise<void> {
  await within(shelf, 'readwrite', (store) => store.delete(key));
}

/** Forget what was told: who signs out leaves no list behind. Acts stay, whoever they are of. */
export async function forgetTold(): Promise<void> {
  await within('told', 'readwrite', (store) => store.clear());
}
