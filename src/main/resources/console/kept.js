// What is kept in the browser. Where it may keep nothing, it is kept for as long as the page is open.

const memory = new Map();

/** Until somebody forgets it, for all tabs. */
export const always = keeper('localStorage');

/** Until the tab is closed. */
export const inThisTab = keeper('sessionStorage');

function keeper(storage) {
  const name = (key) => `track-coordinator.${key}`;
  const tried = (use) => {
    try {
      return { value: use(window[storage]) };
    } catch {
      return null; // the reader forbids it, or it is full
    }
  };
  return {
    read: (key) => memory.get(storage + key) ?? tried((its) => its.getItem(name(key)))?.value ?? null,
    keep: (key, value) => {
      memory.delete(storage + key);
      if (!tried((its) => its.setItem(name(key), value))) memory.set(storage + key, value);
    },
    forget: (key) => {
      memory.delete(storage + key);
      tried((its) => its.removeItem(name(key)));
    },
  };
}
