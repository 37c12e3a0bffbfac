/** The functions of the twin language (query-language.md section A5). */
import type { Attribute, AttributeKind } from './attributes.js';
import type { Fault } from './constants.js';
import type { Call, Expression } from './expression.js';

type FunctionName = 'IS_DEFINED' | 'STARTSWITH' | 'ENDSWITH' | 'ARRAY_CONTAINS';

interface Signature {
  /** As an error shows it. */
  readonly example: string;
  readonly operands: 1 | 2;
}

const signatures: Readonly<Record<FunctionName, Signature>> = {
  IS_DEFINED: { example: 'IS_DEFINED(tags.x)', operands: 1 },
  STARTSWITH: { example: "STARTSWITH(deviceId, 'a')", operands: 2 },
  ENDSWITH: { example: "ENDSWITH(deviceId, 'z')", operands: 2 },
  ARRAY_CONTAINS: { example: "ARRAY_CONTAINS(tags.x, 'a')", operands: 2 },
};

/** Of the routing language, or of others', and what is meant by them here. */
const otherSpellings: Readonly<Record<string, FunctionName>> = {
  STARTS_WITH: 'STARTSWITH',
  ENDS_WITH: 'ENDSWITH',
  CONTAINS: 'ARRAY_CONTAINS',
  ISDEFINED: 'IS_DEFINED',
};

/** @throws QueryError for a function that there is not, or operands that it does not take */
export function checkCall(call: Call<Attribute>, fault: Fault): FunctionName {
  const name = call.function.toUpperCase();
  if (!isFunctionName(name)) {
    throw fault(call.offset, unknownFunction(call.function));
  }
  const { example, operands } = signatures[name];
  if (call.operands.length !== operands) {
    const count = operands === 1 ? 'one operand' : `${operands} operands`;
    throw fault(call.offset, `${name} takes ${count}: ${example}.`);
  }
  const [first] = call.operands;
  if (name === 'IS_DEFINED' && first?.kind !== 'reference') {
    throw fault(first?.offset ?? call.offset, `IS_DEFINED takes a name: ${example}.`);
  }
  if (name === 'STARTSWITH' || name === 'ENDSWITH') {
    for (const operand of call.operands) {
      if (!mayBeString(operand)) {
        throw fault(operand.offset, `${name} takes strings: ${example}.`);
      }
    }
  }
  return name;
}

function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(signatures, name);
}

function unknownFunction(written: string): string {
  const name = written.toUpperCase();
  const meant = Object.hasOwn(otherSpellings, name) ? otherSpellings[name] : undefined;
  const known = Object.keys(signatures).join(', ');
  const advice = meant === undefined ? `There are ${known}` : `Write ${signatures[meant].example}`;
  return `There is no function ${written} in twin queries. ${advice}.`;
}

const textKinds: readonly AttributeKind[] = ['string', 'instant', 'json'];

function mayBeString(operand: Expression<Attribute>): boolean {
  switch (operand.kind) {
    case 'literal':
      return typeof operand.value === 'string' || operand.value === undefined;
    case 'reference':
      return textKinds.includes(operand.name.kind);
    default:
      return false;
  }
}
