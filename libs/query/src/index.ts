export { answerQuery, project } from './answer-query.js';
export type { Attribute, AttributeKind, Source } from './attributes.js';
export { toPredicate } from './evaluate.js';
export type { JsonObject, JsonValue } from './json.js';
export { parseQuery } from './parse-query.js';
export { QueryError } from './query-error.js';
export type { Condition, Query } from './query.js';
export { queryLengthMax } from './read-query.js';
