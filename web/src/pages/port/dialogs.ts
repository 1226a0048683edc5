/** What the port page asks in dialogs: one part of its own, which is fetched when the first of them is opened. */
export { Capacity } from './capacity';
export { Keys } from './keys';
export { Lower } from './lower';
