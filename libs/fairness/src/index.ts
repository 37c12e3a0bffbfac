export { FairTurns, type TurnTaker } from './fair-turns.js';
export { HoldingSpace, type HeldPart } from './holding-space.js';
export { NamedRooms, type Room } from './named-rooms.js';
export { TurnsByName } from './turns-by-name.js';
