// Which page the address asks for: #/runs/<id>?track=freee. Links can be sent.

/** @returns {{path: string[], parameters: URLSearchParams}} */
export function currentRoute() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { path: (path || 'runs').split('/').filter(Boolean).map(decode), parameters: new URLSearchParams(query) };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // cut in the middle of a letter
  }
}

export function link(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value != null && value !== ''));
  const text = path.map(encodeURIComponent).join('/');
  return `#/${text}${query.size ? `?${query}` : ''}`;
}

/** The same page with other parameters; no new entry in the history. */
export function replaceParameters(parameters) {
  history.replaceState(null, '', link(currentRoute().path, parameters));
}
