// GitHub's public GraphQL schema, and what GitHub demands of queries beyond it.
import fs from 'node:fs';
import { file, load } from './packages.mjs';

export const graphql = await load('graphql');

let built;
/** Built when it is first asked for: it takes half a second. */
export function schema() {
  if (!built) {
    const text = JSON.parse(fs.readFileSync(file('@octokit/graphql-schema/schema.json'), 'utf8'));
    built = graphql.buildClientSchema(text.data ?? text);
    checkScalars(built);
  }
  return built;
}

const SHAPES = {
  DateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  GitTimestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  Date: /^\d{4}-\d\d-\d\d$/,
  GitObjectID: /^[0-9a-f]{40}$/,
  URI: /^https?:\/\/\S+$|^\/\S*$/,
  BigInt: /^-?\d+$/,
};

/** A client's schema lets its scalars be anything; these are what GitHub says of them. */
function checkScalars(schema) {
  for (const [name, shape] of Object.entries(SHAPES)) {
    const type = schema.getType(name);
    type.serialize = (value) => {
      if (typeof value !== 'string' || !shape.test(value)) {
        throw new graphql.GraphQLError(`${name} cannot represent ${JSON.stringify(value)}`);
      }
      return value;
    };
  }
}

/** What is wrong with the text of a query: a list of messages, empty if it is valid. */
export function problems(text) {
  let document;
  try {
    document = graphql.parse(text);
  } catch (error) {
    return [located(error)];
  }
  const wrong = graphql.validate(schema(), document).map(located);
  return wrong.length ? wrong : bounds(document);
}

function located(error) {
  const at = error.locations?.[0];
  return at ? `${at.line}:${at.column}: ${error.message}` : error.message;
}

/** Every connection says how much of it is wanted: 1 to 100. */
function bounds(document) {
  const wrong = [];
  const types = new graphql.TypeInfo(schema());
  graphql.visit(document, graphql.visitWithTypeInfo(types, {
    Field(node) {
      const type = types.getType() && graphql.getNamedType(types.getType());
      if (!type?.name.endsWith('Connection')) return;
      const given = node.arguments.filter((argument) => ['first', 'last'].includes(argument.name.value));
      const at = `${node.loc.startToken.line}:${node.loc.startToken.column}`;
      if (!given.length) {
        wrong.push(`${at}: You must provide a \`first\` or \`last\` value to properly paginate the \`${node.name.value}\` connection.`);
      }
      for (const { value } of given) {
        if (value.kind === 'IntValue' && !(Number(value.value) >= 1 && Number(value.value) <= 100)) {
          wrong.push(`${at}: Requesting ${value.value} records on the \`${node.name.value}\` connection exceeds the limit of 100 records.`);
        }
      }
    },
  }));
  return wrong;
}

/**
 * What a query may ask for at most, as GitHub counts it: `nodes`, of which 500,000 are allowed, and what it costs.
 * https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
export function bill(document, variables) {
  const fragments = Object.fromEntries(document.definitions.filter((one) => one.kind === 'FragmentDefinition').map((one) => [one.name.value, one]));
  const numeral = (value) => Number(value.kind === 'Variable' ? variables[value.name.value] : value.value) || 0;
  let nodes = 0;
  let requests = 0;
  const count = (selections, times) => {
    for (const one of selections?.selections ?? []) {
      if (one.kind === 'FragmentSpread') {
        count(fragments[one.name.value].selectionSet, times);
        continue;
      }
      const bound = one.arguments?.find((argument) => ['first', 'last'].includes(argument.name.value));
      const inner = bound ? times * numeral(bound.value) : times;
      if (bound) {
        nodes += inner;
        requests += times;
      }
      count(one.selectionSet, inner);
    }
  };
  for (const one of document.definitions) if (one.kind === 'OperationDefinition') count(one.selectionSet, 1);
  return { nodes, cost: Math.max(1, Math.round(requests / 100)) };
}
