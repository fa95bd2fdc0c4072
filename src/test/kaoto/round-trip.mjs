// Reads and writes route and kamelet files as Kaoto does (@kaoto/kaoto 2.7.1, a class each):
// YamlCamelResourceSerializer, CamelRouteResource, EntityOrderingService, CamelKResource, KameletResource.
//
//   node round-trip.mjs [--write] FILE...
//
// Without --write: names each file that Kaoto would change, with the first line that differs; exit 1 if there is one.
// With it: changes them, so that Kaoto has nothing to change any more.
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

const ROUTE_KEYS = ['id', 'description', 'uri', 'parameters', 'steps'];
const KAMELET_KEYS = ['apiVersion', 'kind', 'metadata', 'spec', 'source', 'steps', 'sink'];
const ENTITIES = [
  'restConfiguration', 'rest', 'routeConfiguration', 'route', 'errorHandler', 'onException', 'onCompletion',
  'intercept', 'interceptFrom', 'interceptSendToEndpoint', 'beans',
];

const sorter = order => (a, b) => {
  const [left, right] = [a, b].map(pair => order.indexOf(pair.key.value));
  if (left === -1 && right === -1) {
    return a.key.value.localeCompare(b.key.value);
  }
  return left === -1 ? 1 : right === -1 ? -1 : left - right;
};

/** Only what stands before everything else is kept. */
function leadingComments(text) {
  const comments = [];
  for (const line of text.split('\n')) {
    if (line.trim() !== '' && !/^\s*#.*$/.test(line)) {
      break;
    }
    comments.push(line.trim() === '' ? '' : '#' + line.replace(/^\s*#*/, ''));
  }
  return comments.length === 0 ? '' : comments.join('\n') + '\n';
}

/** Entities by kind, in the order of Camel's XML; those of one kind stay as they are. */
function ordered(entities) {
  const kinds = [...new Set(entities.map(entity => Object.keys(entity)[0]))];
  const known = ENTITIES.filter(kind => kinds.includes(kind));
  const unknown = kinds.filter(kind => !ENTITIES.includes(kind));
  return [...known, ...unknown].flatMap(kind => entities.filter(entity => Object.keys(entity)[0] === kind));
}

function asKaotoWrites(text) {
  const content = parse(text);
  const kamelet = content.kind === 'Kamelet';
  const resource = kamelet ? content : ordered(Array.isArray(content) ? content : [content]);
  const order = kamelet ? KAMELET_KEYS : ROUTE_KEYS;
  const yaml = stringify(resource, { sortMapEntries: sorter(order), schema: 'yaml-1.1' });
  // a kamelet's own serializer has read nothing, so it keeps no comment at all
  return kamelet ? yaml : leadingComments(text) + yaml;
}

const [flag, ...rest] = process.argv.slice(2);
const write = flag === '--write';
let different = 0;
for (const file of write ? rest : [flag, ...rest]) {
  const text = readFileSync(file, 'utf8');
  const written = asKaotoWrites(text);
  if (written === text) {
    continue;
  }
  different++;
  if (write) {
    writeFileSync(file, written);
    continue;
  }
  const [before, after] = [text, written].map(lines => lines.split('\n'));
  const line = before.findIndex((content, i) => content !== after[i]);
  console.log(`${file}:${line + 1}: Kaoto would write "${after[line] ?? ''}" for "${before[line]}"`);
}
process.exit(write || different === 0 ? 0 : 1);
