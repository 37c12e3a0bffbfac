/**
 * The grammar (query-language.md section A2), from the loosest binding to the tightest:
 *
 *     query      = SELECT [TOP whole] ("*" | item {"," item}) FROM name [WHERE condition] [GROUP BY name {"," name}]
 *     item       = (name | function "(" [name] ")") [AS identifier]
 *     condition  = conjunct {OR conjunct}        conjunct = negated {AND negated}       negated = [NOT] compared
 *     compared   = sum [sign sum | (IN | NIN) "[" constant {"," constant} "]"]
 *     sum        = product {("+" | "-") product}     product = signed {("*" | "/" | "%") signed}
 *     signed     = ["-"] primary
 *     primary    = "(" condition ")" | constant | function "(" [condition {"," condition}] ")" | name
 *     name       = segment {["."] quoted | "." identifier | "[" whole "]"}
 */
import { EmbeddedActionsParser, type IToken, type ParserMethod } from 'chevrotain';
import { readNumber, readQuotedName, readText, readWhole, type Fault } from './constants.js';
import type {
  ArithmeticOperator,
  ArithmeticStep,
  ComparisonOperator,
  Expression,
  Literal,
  LiteralValue,
} from './expression.js';
import { parserMessages } from './parser-messages.js';
import * as t from './tokens.js';
import type {
  WrittenAggregate,
  WrittenItem,
  WrittenName,
  WrittenQuery,
  WrittenSegment,
} from './written-query.js';

type Condition = Expression<WrittenName>;

export class QueryParser extends EmbeddedActionsParser {
  /** Of the text that is parsed. */
  fault: Fault = () => {
    throw new Error('no text is parsed');
  };

  readonly query: ParserMethod<[], WrittenQuery> = this.RULE('query', () => {
    this.CONSUME(t.Select);
    const top = this.OPTION(() => {
      this.CONSUME(t.Top);
      return this.#read(this.CONSUME(t.Integer), readWhole, 0);
    });
    const items = this.SUBRULE(this.#selection);
    this.CONSUME(t.From);
    const source = this.SUBRULE(this.#name);
    const where = this.OPTION1(() => {
      this.CONSUME(t.Where);
      return this.SUBRULE(this.condition);
    });
    const groupBy: WrittenName[] = [];
    this.OPTION2(() => {
      this.CONSUME(t.Group);
      this.CONSUME(t.By);
      this.AT_LEAST_ONE_SEP({
        SEP: t.Comma,
        DEF: () => groupBy.push(this.SUBRULE1(this.#name)),
      });
    });
    return { top, items, source, where, groupBy };
  });

  readonly #selection = this.RULE('selection', (): WrittenItem[] | undefined =>
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Star);
          return undefined;
        },
      },
      {
        ALT: () => {
          const items: WrittenItem[] = [];
          this.AT_LEAST_ONE_SEP({
            SEP: t.Comma,
            DEF: () => items.push(this.SUBRULE(this.#item)),
          });
          return items;
        },
      },
    ]),
  );

  readonly #item = this.RULE('item', (): WrittenItem => {
    const value = this.OR<WrittenName | WrittenAggregate>([
      { ALT: () => this.SUBRULE(this.#aggregate) },
      { ALT: () => this.SUBRULE(this.#name) },
    ]);
    const alias = this.OPTION(() => {
      this.CONSUME(t.As);
      return this.CONSUME(t.Identifier).image;
    });
    return { value, alias, offset: value.offset };
  });

  readonly #aggregate = this.RULE('aggregate', (): WrittenAggregate => {
    const { image, startOffset } = this.CONSUME(t.Identifier);
    this.CONSUME(t.OpeningParenthesis);
    const operand = this.OPTION(() => this.SUBRULE(this.#name));
    this.CONSUME(t.ClosingParenthesis);
    return { kind: 'aggregate', function: image, operand, offset: startOffset };
  });

  readonly condition: ParserMethod<[], Condition> = this.RULE('condition', () => {
    const operands: Condition[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Or, DEF: () => operands.push(this.SUBRULE(this.#conjunct)) });
    return this.#logic('or', operands);
  });

  readonly #conjunct = this.RULE('conjunct', (): Condition => {
    const operands: Condition[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.And, DEF: () => operands.push(this.SUBRULE(this.#negated)) });
    return this.#logic('and', operands);
  });

  readonly #negated = this.RULE('negated', (): Condition => {
    const not = this.OPTION(() => this.CONSUME(t.Not));
    const operand = this.SUBRULE(this.#compared);
    return not === undefined ? operand : { kind: 'not', operand, offset: not.startOffset };
  });

  readonly #compared = this.RULE('compared', (): Condition => {
    const left = this.SUBRULE(this.#sum);
    return this.OR<Condition>([
      {
        ALT: () => {
          const sign = this.CONSUME(t.ComparisonSign);
          const right = this.SUBRULE1(this.#sum);
          const operator = comparisonOperator(sign);
          return { kind: 'comparison', operator, left, right, offset: sign.startOffset };
        },
      },
      {
        ALT: () => {
          const word = this.OR1([
            { ALT: () => this.CONSUME(t.In) },
            { ALT: () => this.CONSUME(t.Nin) },
          ]);
          const values = this.SUBRULE(this.#list);
          const isNegated = word.tokenType === t.Nin;
          return { kind: 'membership', isNegated, operand: left, values, offset: word.startOffset };
        },
      },
      { ALT: () => left },
    ]);
  });

  readonly #sum = this.RULE('sum', (): Condition => {
    const first = this.SUBRULE(this.#product);
    const rest: ArithmeticStep<WrittenName>[] = [];
    this.MANY(() => {
      const { image } = this.CONSUME(t.SumSign);
      const operand = this.SUBRULE1(this.#product);
      rest.push({ operator: image as ArithmeticOperator, operand });
    });
    return this.#arithmetic(first, rest);
  });

  readonly #product = this.RULE('product', (): Condition => {
    const first = this.SUBRULE(this.#signed);
    const rest: ArithmeticStep<WrittenName>[] = [];
    this.MANY(() => {
      const { image } = this.CONSUME(t.ProductSign);
      const operand = this.SUBRULE1(this.#signed);
      rest.push({ operator: image as ArithmeticOperator, operand });
    });
    return this.#arithmetic(first, rest);
  });

  readonly #signed = this.RULE('signed', (): Condition => {
    const minus = this.OPTION(() => this.CONSUME(t.Minus));
    const operand = this.SUBRULE(this.#primary);
    return minus === undefined ? operand : { kind: 'negation', operand, offset: minus.startOffset };
  });

  readonly #primary = this.RULE('primary', (): Condition =>
    this.OR<Condition>([
      {
        ALT: () => {
          this.CONSUME(t.OpeningParenthesis);
          const inner = this.SUBRULE(this.condition);
          this.CONSUME(t.ClosingParenthesis);
          return inner;
        },
      },
      { ALT: () => this.SUBRULE(this.#literal) },
      { ALT: () => this.SUBRULE(this.#call) },
      {
        ALT: () => {
          const name = this.SUBRULE(this.#name);
          return { kind: 'reference', name, offset: name.offset };
        },
      },
    ]),
  );

  readonly #call = this.RULE('call', (): Condition => {
    const { image, startOffset } = this.CONSUME(t.Identifier);
    const operands: Condition[] = [];
    this.CONSUME(t.OpeningParenthesis);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => operands.push(this.SUBRULE(this.condition)) });
    this.CONSUME(t.ClosingParenthesis);
    return { kind: 'call', function: image, operands, offset: startOffset };
  });

  readonly #list = this.RULE('list', (): LiteralValue[] => {
    const values: LiteralValue[] = [];
    this.CONSUME(t.OpeningBracket);
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const minus = this.OPTION(() => this.CONSUME(t.Minus));
        const { value, offset } = this.SUBRULE(this.#literal);
        values.push(minus === undefined ? value : this.#negate(value, offset));
      },
    });
    this.CONSUME(t.ClosingBracket);
    return values;
  });

  readonly #literal = this.RULE('literal', (): Literal =>
    this.OR<Literal>([
      { ALT: () => this.#constant(this.CONSUME(t.Text), readText) },
      { ALT: () => this.#constant(this.CONSUME(t.Integer), readNumber) },
      { ALT: () => this.#constant(this.CONSUME(t.Decimal), readNumber) },
      { ALT: () => this.#constant(this.CONSUME(t.Hexadecimal), readNumber) },
      { ALT: () => this.#constant(this.CONSUME(t.True), () => true) },
      { ALT: () => this.#constant(this.CONSUME(t.False), () => false) },
      { ALT: () => this.#constant(this.CONSUME(t.Null), () => null) },
      { ALT: () => this.#constant(this.CONSUME(t.Undefined), () => undefined) },
    ]),
  );

  readonly #name = this.RULE('name', (): WrittenName => {
    const segments: WrittenSegment[] = [];
    this.OR([
      { ALT: () => segments.push(this.SUBRULE(this.#identifier)) },
      { ALT: () => segments.push(this.SUBRULE(this.#quoted)) },
    ]);
    this.MANY(() => {
      this.OR1([
        {
          ALT: () => {
            this.CONSUME(t.Dot);
            this.OR2([
              { ALT: () => segments.push(this.SUBRULE1(this.#identifier)) },
              { ALT: () => segments.push(this.SUBRULE1(this.#quoted)) },
            ]);
          },
        },
        { ALT: () => segments.push(this.SUBRULE2(this.#quoted)) },
        {
          ALT: () => {
            this.CONSUME(t.OpeningBracket);
            const index = this.CONSUME(t.Integer);
            segments.push({ name: this.#read(index, readWhole, 0), offset: index.startOffset });
            this.CONSUME(t.ClosingBracket);
          },
        },
      ]);
    });
    return { kind: 'name', segments, offset: segments[0]?.offset ?? 0 };
  });

  readonly #identifier = this.RULE('identifier', (): WrittenSegment => {
    const { image, startOffset } = this.CONSUME(t.Identifier);
    return { name: image, offset: startOffset };
  });

  readonly #quoted = this.RULE('quoted', (): WrittenSegment => {
    const token = this.CONSUME(t.QuotedName);
    return { name: this.#read(token, readQuotedName, ''), offset: token.startOffset };
  });

  constructor() {
    super(t.vocabulary, { errorMessageProvider: parserMessages, maxLookahead: 2 });
    this.performSelfAnalysis();
  }

  /** While the library looks at the rules it gives no real token. */
  #read<Value>(token: IToken, read: (token: IToken, fault: Fault) => Value, nothing: Value): Value {
    return this.ACTION(() => read(token, this.fault)) ?? nothing;
  }

  #constant(token: IToken, read: (token: IToken, fault: Fault) => LiteralValue): Literal {
    const value = this.ACTION(() => read(token, this.fault));
    return { kind: 'literal', value, offset: token.startOffset };
  }

  #negate(value: LiteralValue, offset: number): LiteralValue {
    return this.ACTION(() => {
      if (typeof value !== 'number') {
        throw this.fault(offset, 'Only a number can stand behind "-".');
      }
      return -value;
    });
  }

  #logic(kind: 'and' | 'or', operands: readonly Condition[]): Condition {
    return this.ACTION(() => {
      const [first] = operands;
      return operands.length === 1 && first !== undefined
        ? first
        : { kind, operands, offset: first?.offset ?? 0 };
    });
  }

  #arithmetic(first: Condition, rest: readonly ArithmeticStep<WrittenName>[]): Condition {
    return this.ACTION(() =>
      rest.length === 0 ? first : { kind: 'arithmetic', first, rest, offset: first.offset },
    );
  }
}

function comparisonOperator({ image }: IToken): ComparisonOperator {
  return image === '<>' ? '!=' : (image as ComparisonOperator);
}
