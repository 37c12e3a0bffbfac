export { actAs, actorForHub, currentActor, type Actor } from './actor.js';
