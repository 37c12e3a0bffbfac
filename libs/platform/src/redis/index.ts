export { LuaScript } from './lua-script.js';
export { commandTimeoutMs, openRedis, type Redis } from './redis.js';
export { whenReady } from './when-ready.js';
