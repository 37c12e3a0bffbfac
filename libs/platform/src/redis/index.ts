export { LuaScript } from './lua-script.js';
export { openRedis, type Redis } from './redis.js';
