export { LuaScript } from './lua-script.js';
export { closeRedis, commandTimeoutMs, openRedis, timeMsOf, type Redis } from './redis.js';
export { whenReady } from './when-ready.js';
