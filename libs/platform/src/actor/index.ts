export { actAs, currentActor, type Actor, type ActorKind } from './actor.js';
