// Elements without markup: text from anywhere only ever becomes text.

const KEY = Symbol('key');
const OWN = Symbol('own');
const SVG = 'http://www.w3.org/2000/svg';
const DRAWN = new Set(['svg', 'path', 'circle', 'g', 'title']);

/**
 * An element. Properties: class, key (who it is among its siblings), own (its content is somebody else's to change), style (an
 * object), on… (a listener); all others are attributes: true is an empty one, false and null none. Children that are null or
 * false are left out.
 */
export function h(name, properties = {}, ...children) {
  const element = DRAWN.has(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [property, value] of Object.entries(properties)) {
    if (value == null || value === false) continue;
    if (property === 'key') element[KEY] = String(value);
    else if (property === 'own') element[OWN] = true;
    else if (property === 'style') for (const [rule, text] of Object.entries(value)) element.style.setProperty(rule, text);
    else if (property.startsWith('on')) element[property] = value;
    else if (property === 'value') { element.value = value; element.defaultValue = value; }
    else element.setAttribute(property, value === true ? '' : String(value));
  }
  element.append(...present(children));
  return element;
}

/**
 * Makes the content of a parent these nodes. Elements that are there already stay the same ones, so that focus, selection,
 * scrolling and what was opened stay too.
 */
export function patch(parent, ...children) {
  const wanted = present(children).map((child) => (child instanceof Node ? child : document.createTextNode(child)));
  const keys = new Set(wanted.map((node) => node[KEY]).filter(Boolean));
  const byKey = new Map();
  for (const node of [...parent.childNodes]) {
    if (!node[KEY]) continue;
    if (keys.has(node[KEY])) byKey.set(node[KEY], node);
    else node.remove();
  }
  let place = parent.firstChild;
  for (const node of wanted) {
    const known = node[KEY] ? byKey.get(node[KEY]) : place;
    if (known && isSame(known, node)) {
      if (known === place) place = place.nextSibling;
      else parent.insertBefore(known, place);
      update(known, node);
    } else {
      parent.insertBefore(node, place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function present(children) {
  return children.flat(Infinity).filter((child) => child != null && child !== false);
}

function isSame(known, node) {
  return known.nodeName === node.nodeName && known[KEY] === node[KEY];
}

function update(known, node) {
  if (known.nodeType === Node.TEXT_NODE) {
    if (known.data !== node.data) known.data = node.data;
    return;
  }
  for (const { name } of [...known.attributes]) {
    if (!node.hasAttribute(name) && !isUsers(known, name)) known.removeAttribute(name);
  }
  for (const { name, value } of [...node.attributes]) {
    if (known.getAttribute(name) === value || isUsers(known, name)) continue;
    if (name === 'style') known.style.cssText = value; // as an attribute the policy forbids it
    else known.setAttribute(name, value);
  }
  for (const listener of ['onclick', 'onchange', 'onsubmit', 'oninput', 'ontoggle', 'onkeydown', 'onblur']) known[listener] = node[listener];
  if (!known[OWN]) patch(known, ...node.childNodes);
  if (known.nodeName === 'SELECT' && known !== document.activeElement) known.value = node.value;
  if (known.nodeName === 'INPUT' && known.defaultValue !== node.defaultValue) {
    known.defaultValue = node.defaultValue; // else what was typed stays
    known.value = node.value;
  }
}

/** What people change themselves: whether something is open, and what they typed. */
function isUsers(element, attribute) {
  return (element.nodeName === 'DETAILS' && attribute === 'open') || (element.nodeName === 'INPUT' && attribute === 'value');
}
